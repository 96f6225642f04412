"""Reads the fenced examples of a page, with what the page says must come of them.

A block in `xsh`, `python`, `bash` or `sh` is a whole program; one in `console` is a session whose `$ ` lines are run by bash
(`> ` continues one) and whose other lines are the output. A `text` or `output` block right after a program is its output. A
comment right before a block changes what is done with it:

    <!-- file: NAME -->      it is written to a file, not run
    <!-- name: NAME -->      it is run under this file name
    <!-- exit: N -->         it ends with this exit code (else 0)
    <!-- needs: PROGRAM -->  the rest of the page is skipped where the program is missing
    <!-- skip: REASON -->    it is not run, for a reason
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

RUN = {"xsh", "python", "bash", "sh", "console"}
OUTPUT = {"text", "output"}
SHOWN = {"", "toml", "json", "yaml", "ini", "make", "diff", "html", "js", "mermaid", "xonsh", "zx", "cron"}
"""Languages that are only shown; any other word after a fence is an error, so that no example escapes by a slip."""

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,})(?P<language>[\w+-]*)\s*$")
DIRECTIVE = re.compile(r"^\s*<!--\s*(?P<key>\w+):\s*(?P<value>.*?)\s*-->\s*$")
KEYS = {"file", "name", "exit", "needs", "skip"}


class PageError(ValueError):
    """A page that cannot be read: an open fence, an unknown language or comment."""


@dataclass(frozen=True)
class Block:
    """One fenced block; `expected` is the output the page shows for it, None where it shows none."""

    line: int
    language: str
    text: str
    directives: dict[str, str]
    expected: str | None = None


def read_page(text: str) -> list[Block]:
    """The blocks of a page in order, outputs joined to their programs. PageError where the page cannot be understood."""
    blocks: list[Block] = []
    joined = False
    for block in fenced(text):
        if block.language in OUTPUT and "file" not in block.directives:
            if joined:
                blocks[-1] = replace(blocks[-1], expected=block.text)
            joined = False
            continue
        joined = block.language in RUN - {"console"} and "file" not in block.directives
        if block.language in RUN or "file" in block.directives:
            blocks.append(block)
    return blocks


def fenced(text: str) -> Iterator[Block]:
    """Every fenced block with the comments right before it; text between a program and its output parts them."""
    lines = iter(enumerate(text.splitlines(), 1))
    directives: dict[str, str] = {}
    apart = False
    for number, line in lines:
        if found := DIRECTIVE.match(line):
            if found["key"] not in KEYS:
                raise PageError(f"line {number}: unknown comment {line.strip()!r}")
            if found["key"] == "skip" and not found["value"]:
                raise PageError(f"line {number}: a skip needs a reason")
            directives[found["key"]] = found["value"]
        elif found := FENCE.match(line):
            body = read_body(lines, found["ticks"], len(found["indent"]), number)
            block = Block(number, found["language"], body, directives)
            if block.language not in RUN | OUTPUT | SHOWN:
                raise PageError(f"line {number}: unknown language {block.language!r}")
            shown = apart and block.language in OUTPUT and not directives
            yield replace(block, language="") if shown else block
            directives, apart = {}, False
        elif line.strip():
            directives, apart = {}, True


def read_body(lines: Iterator[tuple[int, str]], ticks: str, indent: int, start: int) -> str:
    """The lines up to the closing fence, less the indentation of the opening one."""
    body = []
    for _, line in lines:
        if line.strip().startswith(ticks) and not line.strip().strip(ticks[0]):
            return "".join(f"{part}\n" for part in body)
        body.append(line[indent:] if line[:indent].isspace() or not indent else line)
    raise PageError(f"line {start}: the fence is never closed")


def session(text: str) -> list[tuple[str, str]]:
    """The commands of a console session, each with the output shown beneath it."""
    steps: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], ""))
        elif not steps:
            raise PageError(f"a session starts with `$ `: {line!r}")
        elif line.startswith("> ") and not steps[-1][1]:
            steps[-1] = (f"{steps[-1][0]}\n{line[2:]}", "")
        else:
            steps[-1] = (steps[-1][0], f"{steps[-1][1]}{line}\n")
    return steps


def docstring_blocks(docstring: str) -> list[Block]:
    """The examples of a docstring: fenced blocks, and indented ones under `Example::`, which are xsh."""
    blocks = read_page(docstring)
    lines = docstring.splitlines()
    for number, line in enumerate(lines):
        if line.strip().lower() in {"example::", "examples::"}:
            indent = len(line) - len(line.lstrip())
            body = []
            for following in lines[number + 1 :]:
                if following.strip() and len(following) - len(following.lstrip()) <= indent:
                    break
                body.append(following)
            margin = min((len(part) - len(part.lstrip()) for part in body if part.strip()), default=0)
            blocks.append(
                Block(number + 1, "xsh", "".join(f"{part[margin:]}\n" for part in body).strip("\n") + "\n", {})
            )
    return blocks


DURATION = re.compile(r"\b\d+(?:\.\d+)?(?: ?(?:ms|s|µs|us)\b|m\d+s\b)")
ELLIPSIS = re.compile(r"…|\.\.\.")


def pattern(expected: str) -> re.Pattern[str]:
    """What an output must look like: durations stand for any duration, `…` or `...` for any text, alone for any lines."""
    parts = []
    for line in settle(expected).splitlines():
        if line.strip() in {"…", "..."}:
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(piece) for piece in ELLIPSIS.split(line)) + r"\n")
    return re.compile("".join(parts) + r"\Z")


def settle(output: str) -> str:
    """An output with its durations made equal and its lines' ends trimmed."""
    text = DURATION.sub("0 s", output)
    return "".join(f"{line.rstrip()}\n" for line in text.rstrip("\n").splitlines())

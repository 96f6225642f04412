#!/usr/bin/env python3
"""Proves the scanner on the standard library of the running Python.

1. Every file that Python can parse holds no mark, and its mask is the file itself.
2. Literals, `$` and `$ text` statements put at random in the place of names give exactly the tree that is the original
   one with those names exchanged, and that tree compiles.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import sys
import time
import tokenize
import warnings
from collections.abc import Iterator

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from xsh.script.source.graft import SHELL, STATEMENT, UNSTARTED
from xsh.script.source.literal import TEMPLATE
from xsh.script.source.mask import mask
from xsh.script.source.parse import generate, parse
from xsh.script.source.scan import scan
from xsh.script.source.source import Source

# Parent, field, index in a list, and whether it stands in an f-string.
Place = tuple[ast.AST, str, int | None, bool]
Hole = tuple[ast.expr, str, str | None, ast.expr]
# Tag and text with @ where a name goes, its static texts, and for each hole (code, expression, conversion, spec).
# The first are also put into f-strings, where Python 3.11 allows no quote of the f-string's own kind outside of a literal.
FORMS = [
    ("$", "`git log`", ["git log"], []),
    ("$", '`it\'s "a" # b ${@} (`', ['it\'s "a" # b ', " ("], [("@", None, "")]),
    (
        "$",
        r"`\`date\` \${HOME} '{print $1}' ${@!r} \n ]`",
        ["`date` ${HOME} '{print $1}' ", r" \n ]"],
        [("@", "r", "")],
    ),
    ("$", "`a ${ $`b ${@} '` } c`", ["a ", " c"], [("$`b ${@} '`", None, "")]),
    ("$.via(@)", "`a ${@:{@}.{@}f}`", ["a ", ""], [("@", None, "{@}.{@}f")]),
    ("@", "`é 漢字 🎉 ${@}${@:>4}`", ["é 漢字 🎉 ", "", ""], [("@", None, ""), ("@", None, ">4")]),
    ('$(cwd="`")', "`é 漢字 🎉 ${@}${@:>4}`", ["é 漢字 🎉 ", "", ""], [("@", None, ""), ("@", None, ">4")]),
    ("$", "`${[i for i in @ if i != '}`'][0]}`", ["", ""], [("[i for i in @ if i != '}`'][0]", None, "")]),
    ("$", "```\n     a '\n   b ${@}\n\n  ```", ["  a '\nb ", "\n"], [("@", None, "")]),
    ("@", "```${\n @ # ` }\n}```", ["", ""], [("@ # ` }", None, "")]),
]
NESTED = ("$", "`b ${@} '`", ["b ", " '"], [("@", None, "")])


def main() -> int:
    """Runs both proofs and prints their counts; 1 when anything differed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=0, help="how many files, chosen at random (0: all)")
    parser.add_argument("--inject", type=int, default=10_000, help="about how many injections")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--library", default=os.path.dirname(os.__file__), help="where the standard library is")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    chance = random.Random(arguments.seed)
    files = library_files(arguments.library)
    if arguments.files:
        files = chance.sample(files, min(arguments.files, len(files)))
    started = time.perf_counter()
    failures = prove_no_false_hit(files) + prove_injection(files, arguments.inject, chance)
    print(f"Python {sys.version.split()[0]}: {len(failures)} failures in {time.perf_counter() - started:.0f} s")
    for failure in failures[:20]:
        print(f"  {failure}")
    return 1 if failures else 0


def library_files(root: str) -> list[str]:
    """Every .py file of the standard library, its tests included."""
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in {"site-packages", "dist-packages", "__pycache__"}]
        found += [os.path.join(folder, name) for name in names if name.endswith(".py")]
    return sorted(found)


def read(path: str) -> str | None:
    """The text of a file that Python can compile, else None."""
    try:
        with tokenize.open(path) as file:
            text = file.read().removeprefix("\ufeff")
        compile(text, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return text


def prove_no_false_hit(files: list[str]) -> list[str]:
    """Scans every file; a mark or a changed byte is a failure."""
    failures: list[str] = []
    scanned = lines = marked = 0
    for path in files:
        text = read(path)
        if text is None:
            continue
        source = Source(text, path)
        marks = scan(source)
        scanned += 1
        lines += text.count("\n")
        marked += "$" in text or "`" in text
        if len(marks) or mask(source.data, marks) != source.data:
            failures.append(f"{path}: {len(marks)} false hits")
    print(f"no false hit: {scanned} files, {lines} lines, {marked} files with $ or ` in strings and comments")
    return failures


def prove_injection(files: list[str], wanted: int, chance: random.Random) -> list[str]:
    """Injects into files in random order until enough were made."""
    failures: list[str] = []
    counts = dict.fromkeys(("literal", "dollar", "statement", "in f-string"), 0)
    order = chance.sample(files, len(files))
    share = max(4, -(-wanted // len(order)))
    for path in order:
        if sum(counts.values()) >= wanted:
            break
        text = read(path)
        if text is None or len(text) > 200_000:
            continue
        injection = Injection(text, chance)
        injection.choose(share)
        problem = injection.check(path)
        if problem:
            failures.append(f"{path}: {problem}")
        for kind, count in injection.counts.items():
            counts[kind] += count
    print("injected and grafted:", ", ".join(f"{count} {kind}" for kind, count in counts.items()))
    return failures


def fields(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    """The nodes right below a node: (field, index in it where it is a list, node)."""
    for field, value in ast.iter_fields(node):
        for index, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(item, ast.AST):
                yield field, index, item


class Injection:
    """One file with some of its names exchanged, and the tree that must come out."""

    def __init__(self, text: str, chance: random.Random) -> None:
        self._text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._chance = chance
        self._parsed = parse(self._text, "original", bare_commands="await")
        self._edits: list[tuple[int, int, bytes]] = []
        self.counts = dict.fromkeys(("literal", "dollar", "statement", "in f-string"), 0)

    def choose(self, count: int) -> None:
        """Picks `count` names and a few places for statements, and puts the expected nodes into the tree."""
        places = list(self._names(self._parsed.tree))
        chosen = self._chance.sample(places, min(count, len(places)))
        formatted = [place for place in places if place[3] and place not in chosen]
        chosen += self._chance.sample(formatted, min(count // 2, len(formatted)))
        for parent, field, index, formatted in chosen:
            value = getattr(parent, field)
            name = value if index is None else value[index]
            node = self._exchange(name, formatted)
            if index is None:
                setattr(parent, field, node)
            else:
                value[index] = node
        bodies = [(body, index) for body in self._bodies() for index in range(len(body))]
        for body, index in sorted(self._chance.sample(bodies, min(2, len(bodies))), key=lambda at: -at[1]):
            self._insert(body, index)

    def _names(self, root: ast.AST) -> Iterator[Place]:
        """The places of names that may become calls: (parent, field, index, whether in an f-string)."""
        pending = [(root, False)]
        while pending:
            node, formatted = pending.pop()
            if isinstance(node, ast.pattern) or (isinstance(node, ast.Expr) and may_be_command(node.value)):
                continue
            formatted = formatted or isinstance(node, ast.JoinedStr)
            for field, index, item in fields(node):
                if isinstance(item, ast.Name):
                    if isinstance(item.ctx, ast.Load) and self._is_plain(item, formatted):
                        yield node, field, index, formatted
                else:
                    pending.append((item, formatted))

    def _is_plain(self, name: ast.Name, formatted: bool) -> bool:
        """Whether the source really has the name there and nothing that would touch a `$`."""
        source = self._parsed.source
        if name.id.startswith("__xsh"):
            return False
        start = source.offset(name.lineno, name.col_offset)
        end = start + len(name.id.encode())
        before, after = source.data[start - 1 : start], source.data[end : end + 1]
        if source.data[start:end] != name.id.encode() or before.isalnum() or after.isalnum():
            return False
        # `f"{x=}"` repeats the text of x, which is another proof's matter.
        return not formatted or b"=" not in source.line(name.lineno)

    def _exchange(self, name: ast.Name, formatted: bool) -> ast.expr:
        source = self._parsed.source
        start = source.offset(name.lineno, name.col_offset)
        end = start + len(name.id.encode())
        # A `$` with a blank behind it, where a statement starts, is a `$ text`.
        alone = source.data[end : end + 1] == b" " and source.data[:start].rstrip(b" ")[-1:] in (b"\n", b":", b"")
        if self._chance.random() < 0.15 and not alone:
            self._edits.append((start, end, b"$"))
            self.counts["in f-string" if formatted else "dollar"] += 1
            return ast.Name(SHELL, ast.Load())
        form = self._chance.choice(FORMS[:6] if formatted else FORMS)
        self._edits.append((start, end, (form[0] + form[1]).replace("@", name.id).encode()))
        self.counts["in f-string" if formatted else "literal"] += 1
        return expected_call(form, name.id)

    def _bodies(self) -> Iterator[list[ast.stmt]]:
        """Statement lists outside of functions and classes."""
        pending: list[ast.AST] = [self._parsed.tree]
        while pending:
            node = pending.pop()
            for field in ("body", "orelse", "finalbody"):
                body = getattr(node, field, [])
                if isinstance(body, list) and body and not isinstance(node, ast.FunctionDef | ast.ClassDef):
                    if field != "body" or not isinstance(node, ast.Module):
                        yield body
                    pending += [child for child in body if isinstance(child, ast.If | ast.For | ast.With | ast.Try)]

    def _insert(self, body: list[ast.stmt], index: int) -> None:
        before = body[index]
        line = min([before.lineno, *(node.lineno for node in getattr(before, "decorator_list", []))])
        source = self._parsed.source
        indent = source.line(line)[: len(source.line(line)) - len(source.line(line).lstrip())]
        elif_ = source.line(line)[len(indent) :].startswith(b"elif")
        if source.line(line - 1).endswith(b"\\") or len(indent) != before.col_offset or elif_:
            return
        self._edits.append((source.offset(line, 0), source.offset(line, 0), indent + b"$ it's ${n} #\\\n (${m}\n"))
        form = ("$", "", ["it's ", " #\\\n (", ""], [("n", None, ""), ("m", None, "")])
        hidden = ast.Call(ast.Name(STATEMENT, ast.Load()), [expected_call(form, "")], [])
        body.insert(index, ast.Expr(ast.Await(hidden)))
        self.counts["statement"] += 1

    def check(self, path: str) -> str | None:
        """Parses the edited text and compares; what differs, or None."""
        data = self._parsed.source.data
        for start, end, replacement in sorted(self._edits, reverse=True):
            data = data[:start] + replacement + data[end:]
        try:
            parsed = parse(data.decode(), path)
            if ast.dump(parsed.tree) != ast.dump(self._parsed.tree):
                return "another tree"
            generate(parsed)
        except SyntaxError as error:
            return f"line {error.lineno}: {error.msg}: {(error.text or '').strip()[:100]}"
        return None


def may_be_command(node: ast.expr) -> bool:
    """Whether a statement would be refused as a command that never runs, once its name is a literal."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in UNSTARTED:
        node = node.func.value
    return isinstance(node, ast.Name) or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr))


def expected_call(form: tuple, name: str) -> ast.expr:
    """The call that a form of literal stands for."""
    tag, _, strings, holes = form
    function = ast.parse(tag.replace("$", SHELL).replace("@", name), mode="eval").body
    parts = [expected_hole(code.replace("@", name), *rest, name) for code, *rest in holes]
    if sys.version_info >= (3, 14):
        return ast.Call(function, [native_template(strings, parts)], [])
    texts = ast.Tuple([ast.Constant(text) for text in strings], ast.Load())
    elements = [ast.Tuple([part[0], *map(ast.Constant, part[1:3]), part[3]], ast.Load()) for part in parts]
    template = ast.Call(ast.Name(TEMPLATE, ast.Load()), [texts, ast.Tuple(elements, ast.Load())], [])
    return ast.Call(function, [template], [])


def expected_hole(code: str, conversion: str | None, spec: str, name: str) -> Hole:
    """Value, expression, conversion and format spec of a hole."""
    nested = code.startswith("$")
    value = expected_call(NESTED, name) if nested else ast.parse(f"({code}\n)", mode="eval").body
    spec = spec.replace("@", name)
    return value, code, conversion, ast.parse(f"f'{spec}'", mode="eval").body if "{" in spec else ast.Constant(spec)


def native_template(strings: list[str], parts: list[tuple]) -> ast.expr:
    """The nodes of a t-string, of Python 3.14 and later."""
    values: list[ast.expr] = []
    for index, text in enumerate(strings):
        values += [ast.Constant(text)] if text else []
        if index < len(parts):
            value, code, conversion, spec = parts[index]
            if isinstance(spec, ast.Constant):
                spec = ast.JoinedStr([spec]) if spec.value else None
            values.append(ast.Interpolation(value, code, ord(conversion) if conversion else -1, spec))
    return ast.TemplateStr(values)


if __name__ == "__main__":
    sys.exit(main())

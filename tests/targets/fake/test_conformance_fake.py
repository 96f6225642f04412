"""The facts that a place where nothing runs can promise: its commands are scripted here as the programs of the suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.targets.conformance import FACTS, Place, claimed
from xsh import sh
from xsh.testing import Call, FakeTarget, Reply

SCRIPTED = "scripted by the test"


def shell_command(call: Call) -> Reply:
    """What the suite's `sh -c` commands do."""
    text = call.argv[2]
    if text.startswith("exit "):
        return Reply(exit=int(text.split()[1]))
    if text.startswith("kill -"):
        return Reply(signal=text.split()[1][1:])
    if text == "tee /dev/stderr":
        return Reply(call.input, stderr=call.input)
    if text.startswith("for word do"):
        return Reply(b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in call.argv[4:]))
    return Reply(f"{len(call.argv) - 4}\n")


def yes(_: Call) -> Reply:
    """`yes`, until its reader leaves."""
    return Reply("y\n" for _ in iter(int, 1))


def backwards(call: Call) -> bytes:
    """`tac`."""
    return b"".join(reversed(call.input.splitlines(keepends=True)))


def last_line(call: Call) -> bytes:
    """`tail -n 1`."""
    return call.input.splitlines(keepends=True)[-1]


@asynccontextmanager
async def scripted() -> AsyncIterator[Any]:
    """A shell whose programs are functions of this file."""
    fake = FakeTarget()
    fake.on("sh -c", shell_command)
    fake.on("cat", lambda call: call.input)
    fake.on("wc -c", lambda call: f"{len(call.input)}\n")
    fake.on("echo", lambda call: " ".join(call.argv[1:]) + "\n")
    fake.on("pwd", lambda call: f"{call.cwd}\n")
    fake.on("tac", backwards)
    fake.on("tail", last_line)
    fake.on("yes", yes)
    fake.on("true")
    yield sh(target=fake)


PLACE = Place(
    "fake",
    scripted,
    {
        "hostile values in shell text arrive byte for byte": SCRIPTED,
        "an argument that is too long is refused": "no: nothing runs",
        "variables: set, changed, taken away": "recorded",
        "without the directory nothing runs": "no: nothing runs",
        "a missing program is told as one": "`UnscriptedCommand`",
        "stdin is live: an answer to what was read": "no: it answers when all of stdin is there",
        "output is live, line by line": SCRIPTED,
        "shell text: pipes, expansions, -euo pipefail": SCRIPTED,
        "a timeout ends the whole tree": "no: nothing runs",
        "what ignores SIGTERM is killed after the grace": SCRIPTED,
        "what has left its group is found and ended too": "no: nothing runs",
        "a signal that is sent reaches the program, which goes on": "no: nothing runs",
        "cancelled at any moment, nothing is left": "no: nothing runs",
    },
)


@pytest.mark.parametrize("fact", claimed(PLACE))
async def test_scripted_programs(fact: str, tmp_path: Path) -> None:
    async with PLACE.shell() as shell:
        await FACTS[fact](shell, tmp_path)

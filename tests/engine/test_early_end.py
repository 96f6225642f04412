"""A program that stops reading ends the Python stage before it, also when that stage's source says nothing more."""

from __future__ import annotations

import pytest

from tests.script_runner import ScriptRunner

STAGES = {
    "function": "def stage(line): return line",
    "coroutine": "async def stage(line): return line",
    "generator": "def stage(lines): yield from lines",
    "async generator": "async def stage(lines):\n    async for line in lines: yield line",
}


@pytest.mark.parametrize("kind", STAGES)
@pytest.mark.parametrize("wanted", ["2", "3"])
def test_a_reader_that_has_enough_ends_a_followed_file(kind: str, wanted: str, script: ScriptRunner) -> None:
    source = f"""
$ seq 3 > app.log
r = await ($`tail -n +1 -f app.log` | stage | $`head -n {wanted}`)
print(r.lines)
"""
    run = script(f"{STAGES[kind]}\n{source}", timeout=40)
    assert run.stdout == f"{[str(n) for n in range(1, int(wanted) + 1)]}\n"


def test_a_reader_that_has_enough_ends_a_source_that_waits(script: ScriptRunner) -> None:
    source = """
async def numbers():
    try:
        for n in range(9):
            yield str(n)
            if n == 4: await sleep(100)
    finally:
        print("closed")

print((await (numbers() | $`head -n 2`)).lines)
"""
    assert script(source, timeout=40).stdout == "closed\n['0', '1']\n"

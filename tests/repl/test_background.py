"""Tasks in the background: their failures are told once, by name, above the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.repl.terminal import Terminal


def test_a_failure_that_nobody_waits_for_is_told_when_it_happens_although_a_name_holds_the_task(
    prompt: Terminal,
) -> None:
    prompt.run("async def fail(): await asyncio.sleep(0.1); raise ValueError('o' + 'ops')")
    prompt.type("t = asyncio.create_task(fail(), name='mine')\r")
    prompt.wait_for("background task mine")
    prompt.wait_for("ValueError: oops")
    prompt.wait_prompt()
    assert prompt.text.count("ValueError: oops") == 1


def test_one_that_is_awaited_is_told_by_the_line_that_awaits_it(prompt: Terminal) -> None:
    prompt.run("async def fail(): await asyncio.sleep(0.1); raise ValueError('o' + 'ops')")
    prompt.run("await asyncio.create_task(fail())")
    assert "background task" not in prompt.text
    assert prompt.text.count("ValueError: oops") == 1

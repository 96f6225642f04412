"""Questions of background tasks at the prompt: they wait for a line that they may be asked in, and spoil no line."""

from __future__ import annotations

import signal

import pytest

from tests.repl.terminal import Terminal

LATER = "async def q(): await wait_for(path='go', timeout=1000); print('got', await ask('Name?'))"
NOTICE = "a question waits: Name?"


@pytest.fixture
def waiting(prompt: Terminal) -> Terminal:
    """A prompt with a half-typed line and a background task that wants to ask."""
    prompt.run(LATER)
    prompt.run("t = asyncio.create_task(q())")
    prompt.type("half")
    (prompt.home.parent / "go").touch()
    prompt.wait_for(NOTICE)
    prompt.wait_until(lambda: prompt.before_cursor.endswith("half"), "the half-typed line")
    prompt.key("c-u")
    return prompt


def test_a_question_waits_until_its_task_is_awaited(waiting: Terminal) -> None:
    waiting.run("echo a program; sleep 0.1")
    assert "Name? " not in waiting.text.split(NOTICE)[1]
    waiting.line("await t")
    waiting.wait_until(lambda: waiting.before_cursor.endswith("Name? "), "the question")
    waiting.line("Ada")
    waiting.wait_for("got Ada")
    waiting.wait_prompt()
    assert waiting.output_of("1 + 1") == "2"


def test_ctrl_c_at_the_question_of_a_task(waiting: Terminal) -> None:
    waiting.line("await t")
    waiting.wait_until(lambda: waiting.before_cursor.endswith("Name? "), "the question")
    waiting.key("c-c")
    waiting.wait_prompt()
    assert waiting.output_of("1 + 1") == "2"
    assert waiting.leave() == 0


def test_sigint_as_a_question_begins_and_ends(prompt: Terminal) -> None:
    for number in range(20):
        prompt.line(f"await ask('Number {number}?')")
        before = len(prompt.transcript)
        prompt.wait_until(lambda before=before: len(prompt.transcript) > before, "a beginning")
        if number % 2:
            prompt.wait_until(lambda: prompt.before_cursor.endswith("? "), "the question")
            prompt.key("enter")
        prompt.process.send_signal(signal.SIGINT)
        prompt.wait_prompt()
        prompt.type("x")
        prompt.wait_typed("x")
        prompt.key("c-u")
        prompt.wait_prompt()
    assert "not running" not in prompt.text
    assert b"Traceback" not in prompt.transcript


def test_the_prompt_waits_for_the_answer_to_a_question_that_is_asked(prompt: Terminal) -> None:
    prompt.run("async def q(): print('got', await ask('Name?'))")
    prompt.line("t = asyncio.create_task(q())")
    prompt.wait_until(lambda: prompt.before_cursor == "Name? ", "the question alone")
    prompt.line("Ada")
    prompt.wait_for("got Ada")
    prompt.wait_prompt()
    assert prompt.output_of("1 + 1") == "2"


def test_sigterm_while_the_prompt_waits_for_an_answer(prompt: Terminal) -> None:
    modes = prompt.modes
    prompt.run("async def q(): print('got', await ask('Name?'))")
    prompt.line("t = asyncio.create_task(q())")
    prompt.wait_until(lambda: prompt.before_cursor == "Name? ", "the question alone")
    prompt.process.send_signal(signal.SIGTERM)
    assert prompt.wait() == 128 + signal.SIGTERM
    assert prompt.modes != modes


def test_a_program_that_is_stopped_does_not_hold_a_question(waiting: Terminal) -> None:
    waiting.line("cat")
    waiting.wait_in_front("cat")
    waiting.key("c-z")
    waiting.wait_prompt()
    waiting.line("await t")
    waiting.wait_until(lambda: waiting.before_cursor.endswith("Name? "), "the question")
    waiting.line("Ada")
    waiting.wait_for("got Ada")
    waiting.wait_prompt()
    waiting.run("kill %1")

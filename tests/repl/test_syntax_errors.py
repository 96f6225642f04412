"""Syntax errors at Enter: the cursor goes to the place, Enter again tells the error."""

from __future__ import annotations

from tests.repl.terminal import Terminal


def test_a_syntax_error_in_a_block_gets_the_cursor_before_it_runs(prompt: Terminal) -> None:
    prompt.paste("if True:\n    y = = 1\n")
    prompt.wait_typed("y = = 1")
    prompt.key("enter")
    prompt.wait_for("SyntaxError: invalid syntax")
    prompt.wait_until(lambda: prompt.before_cursor.endswith("    y = "), "the cursor at the error")
    prompt.key("c-c")
    prompt.wait_prompt()


def test_a_syntax_error_gets_the_cursor_and_enter_again_tells_it(prompt: Terminal) -> None:
    prompt.line("x = (1 +* 2)")
    prompt.wait_for("SyntaxError: invalid syntax")
    prompt.wait_until(lambda: prompt.before_cursor.endswith("x = (1 +"), "the cursor at the error")
    assert "^" not in prompt.text
    prompt.key("enter")
    screen = prompt.wait_prompt()
    assert "^" in screen
    assert prompt.output_of("status") == "1"


def test_a_syntax_error_that_was_mended_runs(prompt: Terminal) -> None:
    prompt.line("x = (1 +* 2)")
    prompt.wait_until(lambda: prompt.before_cursor.endswith("x = (1 +"), "the cursor at the error")
    prompt.key("delete")
    prompt.key("enter")
    prompt.wait_prompt()
    assert prompt.output_of("x") == "3"


def test_lines_typed_ahead_of_a_syntax_error_stay_lines_of_their_own(prompt: Terminal) -> None:
    prompt.type("x = = 1\recho next\r")
    prompt.wait_for("\nnext")
    prompt.wait_prompt()
    assert "SyntaxError: invalid syntax" in prompt.text

"""Running lines: values, statuses, errors, interruptions, output above the prompt, what is typed ahead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.repl.terminal import Terminal


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("1 + 1", "2"),
        ("'a' * 3", "'aaa'"),
        ("echo hi there", "hi there"),
        ("$ echo forced", "forced"),
        ("await $`echo awaited`", "awaited"),
        ("$`echo bare`", "bare"),
        ("echo ${6 * 7} $HOME/x", "42 {home}/x"),
        ("await $`echo quiet`.text()", "'quiet'"),
        ("printf 'b\\na\\n' | sort", "a\nb"),
        ("seq 3 | ${(lambda line: line + '!')}", "1!\n2!\n3!"),
        ("[x async for x in $`seq 2`]", "['1', '2']"),
        ("echo one; echo two", "one\ntwo"),
        ("false; echo goes on", "goes on"),
        ("false && echo no || echo other", "other"),
        ("echo $UNSET_NAME.", "."),
        ("sh -c 'exit 3' || echo three", "three"),
        ("x = 5;", ""),
        ("None", ""),
    ],
)
def test_a_line_shows(prompt: Terminal, line: str, shown: str) -> None:
    assert prompt.output_of(line) == shown.replace("{home}", str(prompt.home))


def test_the_last_value_and_the_last_status_have_names(prompt: Terminal) -> None:
    prompt.run("6 * 7")
    assert prompt.output_of("_ + 1") == "43"
    prompt.run("sh -c 'exit 7'")
    assert "[7]" in prompt.text
    assert prompt.output_of("status") == "7"
    assert prompt.output_of("status") == "0"


def test_a_captured_result_shows_its_text(prompt: Terminal) -> None:
    prompt.run("r = await $`printf 'a\\nb\\n'`")
    assert prompt.output_of("r") == "a\nb"


def test_results_that_were_seen_are_not_shown_again(prompt: Terminal) -> None:
    assert prompt.output_of("await gather($`true`, $`true`)") == ""
    assert prompt.output_of("len(_)") == "2"


def test_large_values_are_laid_out(prompt: Terminal) -> None:
    shown = prompt.output_of("{'name' + str(n): list(range(19)) for n in range(3)}")
    assert shown.split("\n")[1].startswith(" 'name1': [0, 1,")


def test_top_level_async_with_and_for(prompt: Terminal) -> None:
    prompt.paste("async with $`seq 2`.start() as job:\n    async for line in job:\n        print('got', line)\n")
    prompt.key("enter")
    prompt.wait_for("got 1\ngot 2")
    prompt.wait_prompt()


def test_an_error_of_python_has_the_users_frames_only(prompt: Terminal) -> None:
    prompt.block("def f():\n    return 1 / 0\n")
    shown = prompt.output_of("f()")
    assert shown.startswith("Traceback (most recent call last):")
    assert "ZeroDivisionError: division by zero" in shown
    assert "xsh/repl" not in shown


def test_a_failed_command_in_python_says_what_and_why(prompt: Terminal) -> None:
    shown = prompt.output_of("x = await $`sh -c 'echo why >&2; exit 4'`")
    assert "exit 4" in shown
    assert "why" in shown
    assert "[4]" in prompt.text


def test_a_command_line_that_fails_says_nothing_itself(prompt: Terminal) -> None:
    assert prompt.output_of("sh -c 'exit 4'") == ""
    assert "[4]" in prompt.text


def test_a_missing_program_is_127(prompt: Terminal) -> None:
    assert "nosuchprogram" in prompt.output_of("$ nosuchprogram -x")
    assert "[127]" in prompt.text


def test_a_program_that_dies_is_named_by_its_signal(prompt: Terminal) -> None:
    prompt.run("sh -c 'kill -SEGV $$'")
    assert "[SIGSEGV]" in prompt.text


def test_output_without_its_last_newline_is_kept_and_marked(prompt: Terminal) -> None:
    assert prompt.output_of("printf abc") == "abc⏎"
    assert "⏎" not in prompt.output_of("echo abc")


def test_sys_exit_leaves_with_its_status(prompt: Terminal) -> None:
    prompt.line("sys.exit(5)")
    assert prompt.wait() == 5


def test_exit_leaves_with_its_status_or_the_last(prompt: Terminal) -> None:
    prompt.run("sh -c 'exit 6'")
    prompt.line("exit")
    assert prompt.wait() == 6


def test_exit_with_a_number(prompt: Terminal) -> None:
    prompt.line("exit 9")
    assert prompt.wait() == 9


# -- beside the prompt -----------------------------------------------------------------------------------------------


def test_a_background_task_runs_and_prints_above_the_half_typed_line(prompt: Terminal) -> None:
    prompt.block("go = asyncio.Event()\nasync def back():\n    await go.wait()\n    print('from behind')\n")
    prompt.run("task = asyncio.create_task(back()); asyncio.get_running_loop().call_later(0.3, go.set); None")
    prompt.type("echo half")
    prompt.wait_for("\nfrom behind\n")
    prompt.wait_until(lambda: prompt.before_cursor.endswith("echo half"), "the half-typed line")
    prompt.key("enter")
    prompt.wait_for("\nhalf")


def test_a_command_of_a_background_task_shows_labelled_lines_above(prompt: Terminal) -> None:
    prompt.block("async def back():\n    await asyncio.sleep(0.2)\n    $ echo from a program\n")
    prompt.run("task = asyncio.create_task(back())")
    prompt.type("echo half")
    prompt.wait_match(r"^echo.*from a program")
    prompt.wait_until(lambda: prompt.before_cursor.endswith("echo half"), "the half-typed line")
    prompt.key("c-c")
    prompt.wait_prompt()


def test_the_failure_of_a_background_task_is_told_once_by_name(prompt: Terminal) -> None:
    prompt.block("async def back():\n    await asyncio.sleep(0.1)\n    raise ValueError('boom')\n")
    prompt.run("asyncio.create_task(back(), name='my-task') and None")
    prompt.wait_for("ValueError: boom")
    assert "my-task" in prompt.text
    assert prompt.text.count("boom") == 1 + prompt.text.count("('boom')")


def test_a_background_task_survives_an_interruption_of_the_foreground(prompt: Terminal) -> None:
    prompt.block("async def back():\n    await asyncio.sleep(0.5)\n    print('still here')\n")
    prompt.run("task = asyncio.create_task(back())")
    prompt.line("sleep 1000")
    prompt.wait_in_front()
    prompt.key("c-c")
    prompt.wait_prompt()
    prompt.line("print('x'); await asyncio.sleep(1000)")
    prompt.wait_for("\nx")
    prompt.key("c-c")
    prompt.wait_prompt()
    prompt.wait_for("still here")


# -- typed ahead -----------------------------------------------------------------------------------------------------


def test_lines_typed_while_a_command_runs_run_next(prompt: Terminal) -> None:
    prompt.line("sleep 0.3")
    prompt.type("echo first\recho second\r")
    prompt.wait_match(r"(?s)^first$.*^second$")
    prompt.wait_prompt()


def test_a_half_line_typed_while_a_command_runs_is_kept(prompt: Terminal) -> None:
    prompt.line("sleep 0.3")
    prompt.type("echo kept")
    prompt.wait_until(lambda: prompt.before_cursor.endswith("$ echo kept"), "the line at the prompt")
    prompt.key("enter")
    prompt.wait_for("\nkept")


def test_keys_typed_before_the_first_prompt_are_kept(terminal: Callable[..., Terminal]) -> None:
    started = terminal()
    started.type("echo early\r")
    started.wait_for("\nearly")
    started.wait_prompt()

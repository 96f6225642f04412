"""Ctrl-C: at the prompt, in commands and all that they have started, in Python."""

from __future__ import annotations

from tests.repl.terminal import Terminal


def commands(terminal: Terminal) -> list[str]:
    """What the programs other than shells run, sorted."""
    return sorted(process.command for process in terminal.living() if process.command.startswith("sleep"))


def interrupt(terminal: Terminal) -> None:
    """Press Ctrl-C and wait for the prompt."""
    terminal.key("c-c")
    terminal.wait_prompt()


def test_at_the_prompt_it_clears_the_line(prompt: Terminal) -> None:
    prompt.type("half typed")
    prompt.wait_for("half typed")
    prompt.key("c-c")
    prompt.wait_prompt()
    assert prompt.output_of("echo fine") == "fine"


def test_in_a_command_the_prompt_is_back_at_once(prompt: Terminal) -> None:
    prompt.line("sleep 1000")
    prompt.wait_in_front()
    interrupt(prompt)
    assert prompt.output_of("status") == "130"


def test_in_a_pipeline_all_of_it_ends(prompt: Terminal) -> None:
    prompt.line("sleep 1000 | sleep 1000 | cat")
    prompt.wait_until(lambda: len(prompt.living()) == 4, "three programs")
    interrupt(prompt)
    prompt.wait_until(lambda: len(prompt.living()) == 1, "the shell alone")


def test_background_children_of_a_command_end_with_it(prompt: Terminal) -> None:
    prompt.line("sh -c 'sleep 1000 & wait'")
    prompt.wait_until(lambda: len(prompt.living()) == 3, "a shell and its child")
    interrupt(prompt)
    prompt.wait_until(lambda: len(prompt.living()) == 1, "the shell alone")


def test_what_has_left_the_group_of_a_command_ends_with_it(prompt: Terminal) -> None:
    prompt.line("sh -c 'setsid sleep 1001 & sleep 1000'")
    prompt.wait_until(lambda: commands(prompt) == ["sleep 1000", "sleep 1001"], "both programs")
    interrupt(prompt)
    prompt.wait_until(lambda: len(prompt.living()) == 1, "the shell alone")


def test_what_has_left_the_group_and_ignores_signals_is_killed_after_the_grace(prompt: Terminal) -> None:
    prompt.line("sh -c 'setsid ignore-term & sleep 1000'")
    prompt.wait_until(lambda: "sleep 1000" in commands(prompt) and "ready" in prompt.text, "both programs")
    interrupt(prompt)
    prompt.wait_until(lambda: len(prompt.living()) == 1, "the shell alone", 20)


def test_the_tree_of_a_program_that_ends_by_itself_after_ctrl_c_ends_too(prompt: Terminal) -> None:
    prompt.line("sh -c 'trap \"exit 130\" INT; setsid sleep 1001 & sleep 1000; :'")
    prompt.wait_until(lambda: commands(prompt) == ["sleep 1000", "sleep 1001"], "both programs")
    interrupt(prompt)
    prompt.wait_until(lambda: len(prompt.living()) == 1, "the shell alone")


def test_what_an_earlier_line_has_left_behind_is_not_ended(prompt: Terminal) -> None:
    prompt.run("sh -c 'sleep 1001 &' > /dev/null")
    prompt.line("sleep 1000")
    prompt.wait_until(lambda: commands(prompt) == ["sleep 1000", "sleep 1001"], "both programs")
    interrupt(prompt)
    prompt.wait_until(lambda: "sleep 1000" not in commands(prompt), "the line has ended")
    prompt.run("true")
    assert commands(prompt) == ["sleep 1001"]


def test_a_busy_loop_of_python_ends(prompt: Terminal) -> None:
    prompt.paste("print('begun')\nwhile True: pass\n")
    prompt.key("enter")
    prompt.wait_for("\nbegun")
    interrupt(prompt)
    assert prompt.output_of("status") == "130"


def test_in_the_callback_of_a_weak_reference_it_is_not_lost(prompt: Terminal) -> None:
    # Python only reports what is raised there
    prompt.run("import functools, os, types, weakref")
    prompt.run("item = type('Item', (), {})(); items = weakref.WeakSet([item])")
    prompt.run("hit = iter(functools.partial(os.kill, os.getpid(), 2), None)")
    prompt.run("kept = items.data; items.data = types.SimpleNamespace(discard=functools.partial(next, hit))")
    prompt.paste("del item\nwhile True: pass\n")
    prompt.wait_typed("pass")
    prompt.key("enter")
    prompt.wait_prompt()
    assert prompt.output_of("status") == "130"
    assert "ignored" not in prompt.text


def test_python_that_waits_ends(prompt: Terminal) -> None:
    prompt.line("print('begun'); await asyncio.sleep(1000)")
    prompt.wait_for("\nbegun")
    interrupt(prompt)


def test_ctrl_backslash_is_for_programs_alone(prompt: Terminal) -> None:
    prompt.line("print('busy') or await sleep(1000)")
    prompt.wait_for("\nbusy")
    prompt.type("\x1c")
    prompt.key("c-c")
    assert "Traceback" not in prompt.wait_prompt()
    prompt.line("sleep 1000")
    prompt.wait_in_front("sleep 1000")
    prompt.type("\x1c")
    prompt.wait_prompt()
    assert "[SIGQUIT]" in prompt.text


def test_a_captured_command_ends(prompt: Terminal) -> None:
    prompt.line("x = await $`sleep 1000`")
    prompt.wait_until(lambda: len(prompt.living()) == 2, "a program")
    interrupt(prompt)
    prompt.wait_until(lambda: len(prompt.living()) == 1, "the shell alone")


def test_a_loop_of_commands_ends_and_not_only_its_command(prompt: Terminal) -> None:
    prompt.paste("for n in range(100):\n    $ sh -c 'echo turn; sleep 1000'\n")
    prompt.key("enter")
    # a shell that has not started its program yet may lose the signal
    prompt.wait_until(lambda: len(prompt.living()) == 3, "a shell and its program")
    interrupt(prompt)
    assert prompt.text.count("\nturn") == 1


def test_a_second_one_kills_what_ignores_the_first(prompt: Terminal) -> None:
    prompt.line("x = await $`sh -c 'trap \"\" INT TERM; echo ready >&2; sleep 1000; sleep 1000'`.grace(100)")
    prompt.wait_until(lambda: len(prompt.living()) == 3, "the programs")
    prompt.key("c-c")
    prompt.wait_for("^C")
    prompt.key("c-c")
    prompt.wait_prompt()
    prompt.wait_until(lambda: len(prompt.living()) == 1, "the shell alone")


def test_a_program_that_takes_it_for_itself_goes_on(prompt: Terminal) -> None:
    prompt.line("sh -c 'trap \"echo caught\" INT; echo ready; read a; echo got $a'")
    prompt.wait_for("\nready")
    prompt.key("c-c")
    prompt.wait_for("caught")
    prompt.type("word\n")
    prompt.wait_prompt()

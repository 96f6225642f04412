"""The commands of the session, aliases, the rc file, `source`, and what is missing at the start."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.repl.terminal import Terminal, squashed


def rc(tmp_path: Path, text: str) -> Path:
    """Write the rc file of a terminal's HOME."""
    file = tmp_path / "home" / ".config" / "xsh" / "rc.xsh"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file


# -- directories -----------------------------------------------------------------------------------------------------


def test_cd_moves_and_goes_back(prompt: Terminal) -> None:
    prompt.run("mkdir -p a/b")
    prompt.run("cd a/b")
    assert prompt.output_of("pwd").endswith("/a/b")
    prompt.run("cd -")
    assert prompt.output_of("os.getcwd() == '" + str(prompt.home.parent) + "'") == "True"
    prompt.run("cd")
    assert prompt.output_of("pwd") == str(prompt.home)
    prompt.run("cd ${'..'}")
    assert prompt.output_of("pwd") == str(prompt.home.parent)


def test_cd_in_a_list_moves_the_shell(prompt: Terminal) -> None:
    prompt.run("mkdir x && cd x")
    assert prompt.output_of("pwd").endswith("/x")
    prompt.run("cd nowhere || cd ..")
    assert "no such file or directory" in prompt.text
    assert prompt.output_of("pwd") == str(prompt.home.parent)


def test_a_path_alone_goes_there(prompt: Terminal) -> None:
    prompt.run("mkdir -p a/b")
    prompt.run("./a/b")
    prompt.run("..")
    assert prompt.output_of("pwd").endswith("/a")
    prompt.run("~")
    assert prompt.output_of("pwd") == str(prompt.home)


def test_the_directory_stack(prompt: Terminal) -> None:
    prompt.run("mkdir ~/one ~/two; cd ~/one")
    assert prompt.output_of("pushd ~/two") == "~/two ~/one"
    assert prompt.output_of("dirs") == "~/two ~/one"
    assert prompt.output_of("pushd") == "~/one ~/two"
    assert prompt.output_of("dirs -v") == " 0  ~/one\n 1  ~/two"
    assert prompt.output_of("popd") == "~/two"
    assert "no directory is remembered" in prompt.output_of("popd")


# -- names -----------------------------------------------------------------------------------------------------------


def test_export_and_unset(prompt: Terminal) -> None:
    prompt.run("export ONE=1 TWO='two words'")
    assert prompt.output_of("echo $ONE $TWO") == "1 two words"
    assert prompt.output_of("env['TWO']") == "'two words'"
    assert "export TWO='two words'" in prompt.output_of("export | grep TWO")
    prompt.run("unset ONE")
    assert prompt.output_of("sh -c 'echo [$ONE]'") == "[]"


def test_aliases_of_text(prompt: Terminal) -> None:
    prompt.run("alias say='echo said' twice='say twice'")
    assert prompt.output_of("say it") == "said it"
    assert prompt.output_of("twice; echo x | cat") == "said twice\nx"
    assert prompt.output_of("alias say") == "alias say='echo said'"
    assert prompt.output_of("$ 'say' it || echo none").split("\n")[-1] == "none"
    prompt.run("unalias say")
    assert "no such alias" in prompt.output_of("alias say")


def test_an_alias_may_carry_the_name_of_its_program(prompt: Terminal) -> None:
    prompt.run("alias echo='echo more'")
    assert prompt.output_of("echo words") == "more words"


def test_a_function_as_a_stage(prompt: Terminal) -> None:
    prompt.run("def mine(line, end='!'): return line.upper() + end")
    prompt.run("aliases['mine'] = mine")
    assert prompt.output_of("printf 'a\\nb\\n' | mine") == "A!\nB!"
    assert prompt.output_of("echo x | mine ? | cat") == "X?"


def test_a_generator_as_a_stage(prompt: Terminal) -> None:
    prompt.block("def number(lines):\n    for n, line in enumerate(lines):\n        yield f'{n} {line}'\n")
    prompt.run("aliases['number'] = number")
    assert prompt.output_of("printf 'a\\nb\\n' | number") == "0 a\n1 b"


def test_a_function_alone_and_at_the_head(prompt: Terminal) -> None:
    prompt.run("aliases['greet'] = lambda name='you': f'hello {name}'")
    assert prompt.output_of("greet") == "hello you"
    assert prompt.output_of("greet ada") == "hello ada"
    assert prompt.output_of("greet ada | tr a-z A-Z") == "HELLO ADA"
    prompt.run("aliases['fails'] = lambda: 4")
    prompt.run("fails")
    assert prompt.output_of("status") == "4"


def test_which_names_what_a_word_is(prompt: Terminal) -> None:
    prompt.run("alias ll='ls -l'")
    assert prompt.output_of("which sh").endswith("/sh")
    assert prompt.output_of("which ll") == "alias ll='ls -l'"
    assert "session" in prompt.output_of("which cd")
    assert prompt.output_of("which nosuchthing") == "which: no nosuchthing on PATH"


def test_session_commands_are_statements_of_python_too(prompt: Terminal) -> None:
    prompt.block("for name in ('one', 'two'):\n    $ alias ${name}='echo ${name}'\n")
    assert prompt.output_of("two") == "two"


# -- files -----------------------------------------------------------------------------------------------------------


def test_source_runs_an_xsh_file_here(prompt: Terminal) -> None:
    (prompt.home.parent / "more.xsh").write_text("found = await $`echo it`.text()\nthe_args = sys.argv[1:]\n")
    prompt.run("source more.xsh a 'b c'")
    assert prompt.output_of("found, the_args") == "('it', ['a', 'b c'])"


def test_source_takes_over_the_environment_of_other_shells(prompt: Terminal) -> None:
    (prompt.home.parent / "vars.sh").write_text("export SET_HERE=$1\nunset USER\necho seen\nmkdir -p d; cd d\n")
    assert prompt.output_of("source vars.sh value") == "seen"
    assert prompt.output_of("env['SET_HERE'], 'USER' in env") == "('value', False)"
    assert prompt.output_of("pwd").endswith("/d")


def test_an_error_in_a_sourced_file_names_its_line(prompt: Terminal) -> None:
    (prompt.home.parent / "bad.xsh").write_text("a = 1\nb = a / 0\n")
    shown = prompt.output_of("source bad.xsh")
    assert 'bad.xsh", line 2' in shown
    assert "ZeroDivisionError" in shown
    assert "no such file" in prompt.output_of("source nowhere.xsh")


def test_the_rc_file_is_run(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    rc(tmp_path, "aliases['hi'] = 'echo hello'\n$ alias ho='echo there'\nvalue = 42\n$ export FROM_RC=yes\n")
    started = terminal()
    started.wait_prompt()
    assert started.output_of("hi; ho; echo $FROM_RC") == "hello\nthere\nyes"
    assert started.output_of("value") == "42"


def test_an_error_in_the_rc_file_names_file_and_line_and_the_shell_starts(
    terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    rc(tmp_path, "x = 1\nnot_there\n")
    started = terminal(size=(24, 120))
    started.wait_prompt()
    assert 'rc.xsh", line 2' in started.text
    assert started.output_of("x") == "1"


def test_a_syntax_error_in_the_rc_file_too(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    rc(tmp_path, "x = = 1\n")
    started = terminal(size=(24, 120))
    started.wait_prompt()
    assert 'rc.xsh", line 1' in started.text


def test_an_rc_file_that_others_may_write_is_refused(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    rc(tmp_path, "value = 42\n").chmod(0o666)
    started = terminal(size=(24, 120))
    started.wait_prompt()
    assert squashed("others may write to it") in squashed(started.text)
    assert "NameError" in started.output_of("value")


def test_no_rc(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    rc(tmp_path, "value = 42\n")
    started = terminal("--no-rc")
    started.wait_prompt()
    assert "NameError" in started.output_of("value")


def test_a_script_and_then_the_prompt(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    (tmp_path / "first.xsh").write_text("print('ran', argv)\n$ echo shown\nkept = 7\n")
    started = terminal("-i", "first.xsh", "one")
    started.wait_prompt()
    assert "ran ['one']\nshown" in started.text
    assert started.output_of("kept") == "7"


def test_a_script_that_fails_leaves_its_names_at_the_prompt(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    (tmp_path / "first.xsh").write_text("kept = 7\n1 / 0\n")
    started = terminal("-i", "first.xsh")
    started.wait_prompt()
    assert 'first.xsh", line 2' in started.text
    assert started.output_of("kept") == "7"


# -- what is missing -------------------------------------------------------------------------------------------------


def test_without_home_there_is_one_warning(terminal: Callable[..., Terminal]) -> None:
    started = terminal(env={"HOME": ""}, size=(24, 120))
    started.wait_prompt()
    assert started.output_of("echo works").split("\n")[0] == "works"
    started.run("true")
    assert started.text.count("xsh: ") == 1


def test_a_home_that_cannot_be_written_has_one_warning(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    started = terminal(env={"HOME": str(tmp_path / "file")}, size=(24, 120))
    started.wait_prompt()
    assert started.output_of("echo works").split("\n")[0] == "works"
    started.run("true")
    assert started.text.count("xsh: ") == 1


def test_a_dumb_terminal_gets_no_escapes(terminal: Callable[..., Terminal]) -> None:
    started = terminal(env={"TERM": "dumb"})
    started.wait_prompt()
    started.type("echo plain\r")
    started.wait_for("\nplain")
    started.wait_prompt()
    started.type("1 / 0\r")
    started.wait_for("ZeroDivisionError")
    assert b"\x1b" not in started.transcript


def test_no_color(terminal: Callable[..., Terminal]) -> None:
    started = terminal(env={"NO_COLOR": "1"})
    started.wait_prompt()
    started.run("printf abc; false")
    started.run("await $`false`")
    assert b"\x1b[3" not in started.transcript.replace(b"\x1b[?", b"").replace(b"\x1b[39", b"")


def test_a_pipe_is_a_script(checkout: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    run = subprocess.run(
        [sys.executable, "-m", "xsh"],
        input=b"print(6 * 7)\n$ echo x\n",
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(checkout), "HOME": str(tmp_path)},
        check=True,
    )
    assert (run.stdout, run.stderr) == (b"42\nx\n", b"")


def test_a_verbose_prompt_says_what_runs(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    script = tmp_path / "first.xsh"
    script.write_text("r = await $`echo captured`\n")
    prompt = terminal("-v", "-i", str(script))
    prompt.wait_prompt()
    assert "$ echo captured" in prompt.text
    assert "$ echo again" in prompt.run("r = await $`echo again`").split("\n")


@pytest.mark.parametrize("line", ["history | grep -c remembered", "dirs | wc -l", "alias | wc -l", "jobs | wc -l"])
def test_what_the_session_says_goes_into_a_pipeline(prompt: Terminal, line: str) -> None:
    prompt.run("echo remembered")
    prompt.run("alias ll='ls -l'")
    prompt.run("sleep 1000 &")
    # the line that asks is in the history as well
    assert prompt.output_of(line) == ("2" if line.startswith("history") else "1")

"""The program `xsh`: ways to name a script, options, what it says when it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import xsh
from tests.script_runner import CHECKOUT, ScriptRun, ScriptRunner
from tests.terminal import PtySession

FAILING = "r = await $`exit-with 3 why`\n"


def outcome(run: ScriptRun) -> tuple[int, str, str]:
    return run.returncode, run.stdout, run.stderr


def test_a_file_and_its_arguments(script: ScriptRunner) -> None:
    run = script(
        "import sys\nprint(argv, sys.argv[1:], __name__, Path(__file__).name, Path(sys.argv[0]).name)\n",
        "-v",
        "a b",
        "--",
        "--help",
    )
    args = ["-v", "a b", "--", "--help"]
    assert outcome(run) == (0, f"{args} {args} __main__ script.xsh script.xsh\n", "")


def test_code_on_the_command_line(script: ScriptRunner) -> None:
    assert outcome(script.xsh("-c", "$ echo ${argv}", "a", "-b")) == (0, "a -b\n", "")
    assert outcome(script.xsh("-v", "-c", "r = await $`true`"))[::2][0] == 0
    failed = script.xsh("-c", "r = await $`exit-with 3 why`")
    assert failed.returncode == 3
    assert "(<command>:1)\n    r = await $`exit-with 3 why`\n              ^^^" in failed.stderr
    assert script.xsh("-c").returncode == 2


def test_a_script_from_standard_input(script: ScriptRunner) -> None:
    for args in ([], ["-"], ["-", "x"]):
        run = script.xsh(*args, stdin=b"print(argv)\nr = await $`cat`\nprint(repr(r.stdout))\n")
        assert outcome(run) == (0, f"{args[1:]}\n''\n", "")
    failed = script.xsh(stdin=FAILING.encode())
    assert failed.returncode == 3
    assert "(<stdin>:1)\n    r = await" in failed.stderr


def test_a_shebang_file_without_extension(script: ScriptRunner, tmp_path: Path) -> None:
    launcher = tmp_path / "xsh"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xsh "$@"\n')
    launcher.chmod(0o755)
    program = script.write("#!/usr/bin/env xsh\nprint(argv)\n$ exit-with 7\n", "tool")
    program.chmod(0o755)
    env = script.environment()
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    run = script.start_argv([str(program), "-n", "x"], cwd=tmp_path, env=env).finish()
    assert (run.returncode, run.stdout) == (7, "['-n', 'x']\n")


def test_the_installed_launcher(script: ScriptRunner, tmp_path: Path) -> None:
    path = script.write("print('x')\n")
    argv = [sys.executable, str(CHECKOUT / "scripts" / "xsh"), str(path)]
    assert script.start_argv(argv, cwd=tmp_path, env=script.environment()).finish().stdout == "x\n"


def test_help_and_version(script: ScriptRunner) -> None:
    assert outcome(script.xsh("--version")) == (0, f"xsh {xsh.__version__}\n", "")
    for option in ("-h", "--help"):
        run = script.xsh(option)
        assert (run.returncode, run.stderr) == (0, "")
        for name in (
            "-c",
            "--dry-run",
            "--check",
            "--to-python",
            "--cwd",
            "--env-file",
            "--timeout",
            "--traceback",
            "--no-rc",
        ):
            assert name in run.stdout


def test_wrong_options_are_told(script: ScriptRunner, tmp_path: Path) -> None:
    script.write("print('never')\n")
    (tmp_path / "bad.env").write_text("A=1\nno equals sign\n")
    cases = [
        (["--nope"], "No such option"),
        (["--timeout", "5 parsecs", "script.xsh"], "'5 parsecs' is no duration: write \"200ms\""),
        (["--cwd", "/no/such", "script.xsh"], "xsh: /no/such: no such file or directory"),
        (["--env-file", "no.env", "script.xsh"], "xsh: no.env: no such file or directory"),
        (["--env-file", "bad.env", "script.xsh"], "xsh: bad.env:2: 'no equals sign' is not NAME=value"),
    ]
    for args, message in cases:
        run = script.xsh(*args)
        assert (run.returncode, run.stdout) == (2, "")
        assert message in run.stderr
        assert "Traceback" not in run.stderr


def test_scripts_that_cannot_be_read(script: ScriptRunner, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    cases = [("missing.xsh", 127, "no such file"), ("folder", 126, "it is a directory; name a script in it")]
    if os.geteuid() != 0:
        script.write("", "closed.xsh").chmod(0)
        cases.append(("closed.xsh", 126, "permission denied"))
    for name, status, why in cases:
        for options in ([], ["-v"], ["--check"]):
            run = script.xsh(*options, name)
            assert run.returncode == status
            assert run.stderr.startswith(f"xsh: cannot read the script '{name}': {why}")


def test_verbose_tells_each_command_and_its_end(script: ScriptRunner) -> None:
    run = script(
        "r = await $`echo ${'a b'}`\nr = await ($`seq 2` | str.upper)\n$ true\n$ exit-with 3\n", options=["-v"]
    )
    lines = [line.split(" after ")[0] for line in run.stderr.splitlines()]
    assert lines[:8] == [
        "$ echo 'a b'", "  exit 0", "$ seq 2 | ${upper}", "  exit 0", "$ true", "  exit 0", "$ exit-with 3", "  exit 3",
    ]  # fmt: skip


def test_a_dry_run_runs_nothing(script: ScriptRunner, tmp_path: Path) -> None:
    run = script(
        "await $`touch done`\nfor f in ['x']:\n    $ rm ${f}\nr = await $`exit-with 3`\nprint(r.ok)\n", options=["-n"]
    )
    assert outcome(run) == (0, "True\n", "$ touch done\n$ rm x\n$ exit-with 3\n")
    assert not (tmp_path / "done").exists()


def test_checking(script: ScriptRunner) -> None:
    run = script("r = await $`no-such-program-xyz`\n$`ls`\n", options=["--check"])
    assert run.returncode == 1
    assert "script.xsh:1:13: warning: no-such-program-xyz: no such program on PATH" in run.stderr
    assert "script.xsh:2:1: error:" in run.stderr
    fine = script("$ true\n", options=["--check"])
    assert outcome(fine) == (0, "", "")
    broken = script("x = $`ls\n", options=["--check"])
    assert broken.returncode == 1


def test_plain_python_that_runs(script: ScriptRunner, tmp_path: Path) -> None:
    source = (
        "n = 3\nr = await $`seq ${n} | tail -n 1`\nprint(r)\nasync def f(x: str):\n    $ echo ${x}\nawait f('a b')\n"
        "async for line in $`seq 2`:\n    print('got', line)\nawait ($`seq 2` | str.upper).show()\n"
    )
    expected = script(source)
    plain = script(source, options=["--to-python"])
    assert (plain.returncode, plain.stderr) == (0, "")
    (tmp_path / "plain.py").write_text(plain.stdout)
    run = script.start_argv([sys.executable, "plain.py"], cwd=tmp_path, env=script.environment()).finish()
    assert (run.stdout, run.stderr) == (expected.stdout, "")


def test_settings_of_the_whole_script(script: ScriptRunner, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.env").write_text("# comment\nexport A='one two'\nB=2 # why\n\nC=\"x=y\"\n")
    run = script("$ show-env A B C\n$ pwd\n", options=["--env-file", "a.env", "--cwd", "sub"])
    assert outcome(run) == (0, f"A=one two\nB=2\nC=x=y\n{tmp_path}/sub\n", "")


@pytest.mark.parametrize(
    "doing", ["await $`sleep 1000`", "await sleep(1000)", "await gather($`sleep 1000`, $`fork-child`)"]
)
def test_a_time_limit_for_the_whole_script(doing: str, script: ScriptRunner) -> None:
    run = script(f"try:\n    {doing}\nfinally:\n    print('cleaned', flush=True)\n", options=["--timeout", "300ms"])
    assert run.returncode == 124
    assert run.stdout.endswith("cleaned\n")
    assert run.stderr.endswith("xsh: the script timed out after 300 ms\n")


def test_a_time_limit_does_not_hurt_a_script_that_is_in_time(script: ScriptRunner) -> None:
    assert outcome(script("$ echo x\n", options=["--timeout", "1h"])) == (0, "x\n", "")
    assert script(FAILING, options=["--timeout", "1h"]).returncode == 3


def test_without_a_script_on_a_terminal_there_is_the_prompt(pty_session: object, xsh_argv: list[str]) -> None:
    terminal: PtySession = pty_session(xsh_argv)  # type: ignore[operator]
    terminal.wait_for_output("\x1b[?2004h")
    terminal.send_line("exit 3")
    assert terminal.wait() == 3


def test_the_prompt_needs_a_terminal_on_both_sides(script: ScriptRunner) -> None:
    run = script.xsh("-i")
    assert run.returncode == 2
    assert "the prompt needs a terminal" in run.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_in_the_real_shell(shell: str, script: ScriptRunner, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    text = script.xsh("--completion", shell).stdout
    (tmp_path / "completion").write_text(text)
    launcher = tmp_path / "xsh"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xsh "$@"\n')
    launcher.chmod(0o755)
    ask = {
        "bash": (
            "source ./completion; compopt() { :; }; COMP_WORDS=(xsh --t); COMP_CWORD=1; _xsh_completion xsh; "
            "printf '%s\\n' \"${COMPREPLY[@]}\""
        ),
        "zsh": "autoload -U compinit; compinit -u -d ./dump; source ./completion; print ${_comps[xsh]}",
        "fish": "source ./completion; complete -C 'xsh --t'",
    }
    env = script.environment()
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    flags = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    run = script.start_argv([shell, *flags, "-c", ask[shell]], cwd=tmp_path, env=env, stdin=subprocess.DEVNULL).finish()
    assert run.stderr == ""
    if shell == "zsh":
        assert run.stdout == "_xsh_completion\n"
    else:
        words = {line.split("\t")[0] for line in run.stdout.splitlines()}
        assert words == {"--timeout", "--traceback", "--to-python"}


def test_scripts_are_completed_as_files(script: ScriptRunner) -> None:
    for words in ("xsh scr", "xsh -v scr", "xsh script.xsh arg", "xsh --env-file scr"):
        env = {"_XSH_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        assert outcome(script.xsh(env=env)) == (0, f"file,{words.split()[-1]}\n", "")


@pytest.mark.parametrize("option", ["--timeout=1s", "--dry-run", "--check", "--to-python", "--guard", "--traceback"])
def test_an_option_that_the_prompt_cannot_follow_is_refused(option: str, script: ScriptRunner) -> None:
    run = script.xsh("-i", option)
    assert run.returncode == 2
    assert f"xsh: {option.partition('=')[0]} is for scripts: " in run.stderr

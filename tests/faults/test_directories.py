"""The directory one stands in is gone: xsh starts all the same, absolute commands run, what needs it says so."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.script_runner import ScriptRunner
from tests.terminal import PtySession

IN_NOTHING = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
ENGINES = pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])


@ENGINES
@pytest.mark.parametrize("way", ["file", "-c", "-", "relative file"])
def test_a_script_starts_and_its_commands_run(way: str, engine: str, script: ScriptRunner, tmp_path: Path) -> None:
    text = f"{engine}r = await $`/bin/echo fine`\nprint(r)\nprint((await $`seq 2 | cat`).lines)\nimport json\n"
    path = script.write(text)
    words = {"file": [str(path)], "-c": ["-c", text], "-": ["-"], "relative file": ["script.xsh"]}[way]
    argv = ["sh", "-c", IN_NOTHING, "sh", sys.executable, "-m", "xsh", *words]
    running = script.start_argv(argv, cwd=tmp_path, env=script.environment(), stdin=-1)
    run = running.finish(text.encode() if way == "-" else None)
    if way == "relative file":
        assert (run.returncode, run.stdout) == (127, "")
        assert run.stderr == "xsh: cannot read the script 'script.xsh': no such file\n"
    else:
        assert (run.returncode, run.stdout, run.stderr) == (0, "fine\n['1', '2']\n", "")


@ENGINES
def test_it_goes_while_the_script_runs(engine: str, script: ScriptRunner, tmp_path: Path) -> None:
    source = (
        f"{engine}os.mkdir('gone')\ncd('gone')\nos.rmdir('../gone')\n"
        "print((await $`/bin/echo fine`).text)\n"
        "try:\n    await $`true`.cwd('gone')\nexcept WorkingDirectoryError as error:\n    print(error)\n"
        "try:\n    await $`echo x`.stdout(Path('out'))\nexcept FileNotFoundError as error:\n    print(error.filename)\n"
        "cd('/')\nprint((await $`pwd`).text)\n"
    )
    run = script(source)
    assert (run.returncode, run.stderr) == (0, "")
    fine, nowhere, out, pwd = run.stdout.splitlines()
    assert (fine, out, pwd) == ("fine", "out", "/")
    assert "gone" in nowhere


def test_the_prompt_starts(pty_session: Callable[..., PtySession], xsh_argv: list[str], script: ScriptRunner) -> None:
    env = {"HOME": str(script.home), "XDG_STATE_HOME": "", "PROMPT_TOOLKIT_NO_CPR": "1"}
    terminal = pty_session(["sh", "-c", IN_NOTHING, "sh", *xsh_argv, "--no-rc"], env=env)
    terminal.wait_for(">", 30)
    terminal.send_line("echo one-$((1+1))")
    terminal.wait_for("one-2")
    terminal.send_line("cd /")
    terminal.send_line("pwd; echo two-$((1+2))")
    terminal.wait_for("two-3")
    terminal.send_line("exit")
    assert terminal.wait() == 0
    assert "Traceback" not in terminal.text

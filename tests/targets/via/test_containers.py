"""Containers and pods, with a stand-in on PATH for the client: no engine and no cluster was run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.targets.via.standin import StandIn, living
from xsh import CommandTimedOut, ProgramNotFound, TargetError, WorkingDirectoryError, sh


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    folder = tmp_path / "bin"
    folder.mkdir()
    stand_in = StandIn(folder)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("STANDIN_LOG", str(stand_in.log))
    return stand_in


def without_mark(call: list[str]) -> list[str]:
    """The words of a call less the option that marks its processes."""
    return [word.partition("=")[0][:8] if word.startswith("XSH_MARK_") else word for word in call]


async def test_directory_and_variables_are_options_of_docker(client: StandIn) -> None:
    web = sh.docker("web", "-u", "app")
    result = await web("sh -c 'pwd; echo $GREETING'").cwd("/usr").env(GREETING="it's me\\")
    assert (result.stdout, result.host) == ("/usr\nit's me\\\n", "docker web")
    options = ["exec", "-i", "-u", "app", "-w", "/usr", "-e", "GREETING=it's me\\", "-e", "XSH_MARK"]
    assert [without_mark(call) for call in client.calls] == [[*options, "web", "sh", "-c", "pwd; echo $GREETING"]]


async def test_kubectl_has_no_such_options_and_gets_them_inside(client: StandIn) -> None:
    pod = sh.kubectl("web-0", "-n", "prod")
    assert await pod("sh -c 'pwd; echo $GREETING'").cwd("/usr").env(GREETING="hi").lines() == ["/usr", "hi"]
    start = ["exec", "-i", "-n", "prod", "web-0", "--", "env", "--", "GREETING=hi", "XSH_MARK", "sh", "-c"]
    assert without_mark(client.calls[0])[: len(start)] == start


async def test_a_variable_is_removed_inside(client: StandIn) -> None:
    assert await sh.docker("web").argv("sh", "-c", "echo ${HOME-none}").env(HOME=None).text() == "none"
    assert client.calls[0][-8:-3] == ["web", "env", "-u", "HOME", "--"]


async def test_values_arrive_as_they_are(client: StandIn) -> None:
    hostile = ["", " ", "a b", "'", '"', "\\", "$HOME", "`id`", "*", "-n", "a\nb", "\udcff", "é"]
    for shell in (sh.docker("web"), sh.podman("web"), sh.kubectl("web")):
        result = await shell.argv("printf", "%s\\0", *hostile)
        assert result.stdout.split("\0")[:-1] == hostile


async def test_input_reaches_the_inside(client: StandIn) -> None:
    assert await sh.docker("web")("wc -c").input(b"x" * 200_000).text() == "200000"


async def test_shell_text_runs_in_bash_and_its_statuses_are_kept(client: StandIn) -> None:
    web = sh.docker("web")
    assert await web('a=1 && echo $a | cat && test -n "$BASH_VERSION"').text() == "1"
    for code in (1, 2, 125, 126, 127, 255):
        assert await web.argv("sh", "-c", f"exit {code}").code() == code


SHELL_TEXTS = {
    "true; printf '<%s>' ${values}": "<a  b><$x><>",
    "true; printf '<%s>' \"${first}\" '${second}'": "<a  b><$x>",
    "cat <<END && true\n${first}\nEND\n": "a  b\n",
}


@pytest.mark.parametrize("make", [sh.docker, sh.podman, sh.kubectl])
@pytest.mark.parametrize("text", SHELL_TEXTS)
async def test_shell_text_in_a_container_without_bash(
    client: StandIn, make, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "env", "setsid", "sed"):
        (tools / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", f"{client.folder}:{tools}")
    values = {"values": ["a  b", "$x", ""], "first": "a  b", "second": "$x"}
    holes = {name: value for name, value in values.items() if f"${{{name}}}" in text}
    assert (await make("web")(text, **holes)).stdout == SHELL_TEXTS[text]
    assert (await make("web")(strict=False)(f"false; {text}", **holes)).stdout == SHELL_TEXTS[text]
    # they fail as in bash
    assert await make("web")("false; echo never").code() == 1
    assert await make("web")("echo $NOT_SET; echo never").code() != 0


async def test_a_path_of_its_own_finds_the_program(client: StandIn, tmp_path: Path) -> None:
    program = tmp_path / "only-here"
    program.write_text('#!/bin/sh\necho "$1 by $PATH"\n')
    program.chmod(0o755)
    for web in (sh.docker("web"), sh.podman("web"), sh.kubectl("web")):
        for command in (web.argv("only-here", "x"), web("true; only-here ${word}", word="x")):
            assert await command.env(PATH=str(tmp_path)).cwd("/usr").text() == f"x by {tmp_path}"
        with pytest.raises(ProgramNotFound, match="^ls: command not found"):
            await web.argv("ls").env(PATH=str(tmp_path))


@pytest.mark.parametrize("shell", [sh.docker("gone"), sh.podman("gone"), sh.kubectl("gone")])
async def test_a_container_that_is_not_there_is_the_places_failure(client: StandIn, shell) -> None:
    with pytest.raises(TargetError, match="gone.*: Error from|gone: Error response") as caught:
        await shell("true")
    assert caught.value.host.endswith(" gone")
    assert caught.value.exit_code == 255


async def test_what_is_missing_inside_is_told_as_here(client: StandIn) -> None:
    for web in (sh.docker("web"), sh.kubectl("web")):
        with pytest.raises(ProgramNotFound, match="no-such-thing: command not found in"):
            await web("no-such-thing --help")
        with pytest.raises(WorkingDirectoryError, match="'/no/where'"):
            await web("touch /tmp/never").cwd("/no/where")


@pytest.mark.parametrize("make", [sh.docker, sh.podman, sh.kubectl])
async def test_stopping_reaches_the_inside(client: StandIn, make, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    text = f"setsid sleep 61 & echo $! > {pids}; sleep 62 & echo $! >> {pids}; echo $$ >> {pids}; wait"
    with pytest.raises(CommandTimedOut):
        await make("web").argv("sh", "-c", text).timeout("500ms")
    inside = [int(pid) for pid in pids.read_text().split()]
    assert len(inside) == 3
    assert living(inside) == []


async def test_what_ignores_sigterm_inside_is_killed(client: StandIn) -> None:
    web = sh.docker("web")
    with pytest.raises(CommandTimedOut, match="had to be killed"):
        await web.argv("sh", "-c", "trap '' TERM; while :; do sleep 0.05; done").timeout("300ms").grace("200ms")
    result = await web("sleep 60").timeout("200ms").nothrow()
    assert (result.timed_out, result.signal) == (True, "SIGTERM")


async def test_a_signal_reaches_the_inside(client: StandIn) -> None:
    text = "trap 'echo got it; exit 5' HUP; echo ready; while :; do sleep 0.02; done"
    async with sh.docker("web").argv("sh", "-c", text).nothrow().start() as job:
        async for line in job:
            if line == "ready":
                job.send_signal("HUP")
            else:
                assert line == "got it"
        assert (await job.wait()).exit_code == 5


async def test_a_client_that_is_not_installed_is_no_such_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ProgramNotFound, match="^podman: "):
        await sh.podman("web")("true")

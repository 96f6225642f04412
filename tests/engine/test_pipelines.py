"""Programs connected by pipes: statuses, early ends, settings, what the whole counts as."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from tests.script_runner import PROGRAMS
from xsh import CommandFailed, sh

pytestmark = pytest.mark.usefixtures("engine")


def codes(result: Any) -> list[int]:
    return [stage.exit_code for stage in result.stages]


async def test_a_result_for_each_stage() -> None:
    result = await sh("seq 3 | sort -r | head -n 1")
    assert result.stdout == "3\n"
    assert [stage.command for stage in result.stages] == ["seq 3", "sort -r", "head -n 1"]
    assert [stage.argv for stage in result.stages][1] == ("sort", "-r")
    assert len({stage.pid for stage in result.stages}) == 3
    assert result.command == "seq 3 | sort -r | head -n 1"
    assert result.pid == result.stages[-1].pid


async def test_literal_and_operator_are_the_same() -> None:
    literal = await sh("seq 3 | tac")
    operator = await (sh("seq 3") | sh("tac"))
    method = await sh("seq 3").pipe(sh("tac"))
    assert literal.stdout == operator.stdout == method.stdout == "3\n2\n1\n"
    assert literal.command == operator.command == method.command


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((0, 0, 0), 0),
        ((3, 0, 0), 3),
        ((3, 4, 0), 4),
        ((3, 0, 5), 5),
        ((0, 4, 0), 4),
        ((141, 0, 0), 0),
        ((0, 0, 141), 141),
    ],
)
async def test_the_rightmost_failure_decides(statuses: tuple[int, ...], expected: int) -> None:
    exits = [sh.argv(PROGRAMS / "exit-with", status) for status in statuses]
    result = await (exits[0] | exits[1] | exits[2]).nothrow()
    assert codes(result) == list(statuses)
    assert result.exit_code == expected
    assert result.ok == (expected == 0)
    if expected:
        with pytest.raises(CommandFailed, match=rf"stage \d of 3 \(.*exit-with {expected}\): exit {expected}"):
            await (exits[0] | exits[1] | exits[2])


async def test_a_death_by_sigpipe_is_no_failure_but_for_the_last() -> None:
    result = await sh("yes | head -n 1")
    assert result.ok
    assert (result.stages[0].signal, result.stages[0].exit_code) == ("SIGPIPE", 141)
    assert (await (sh("yes") | sh("cat") | sh("true"))).ok
    with pytest.raises(CommandFailed, match="SIGPIPE"):
        await (sh("true") | sh.argv(PROGRAMS / "die-by", "PIPE"))
    with pytest.raises(CommandFailed, match="SIGPIPE"):
        await sh.argv(PROGRAMS / "die-by", "PIPE")
    with pytest.raises(CommandFailed, match="stage 1 of 2 .*SIGTERM"):
        await (sh.argv(PROGRAMS / "die-by", "TERM") | sh("cat"))


async def test_shell_text_that_is_one_pipeline_behaves_the_same() -> None:
    assert (await sh("yes | head -n 1 2>/dev/null")).ok
    with pytest.raises(CommandFailed) as caught:
        await sh("(exit 3) | cat")
    assert caught.value.result.exit_code == 3


async def test_a_stage_may_be_allowed_to_fail() -> None:
    failing = sh("exit 3")
    assert (await (failing.accept(0, 3) | sh("cat"))).exit_code == 0
    assert (await (failing.nothrow() | sh("cat"))).exit_code == 0
    assert (await (sh("true") | failing.accept(0, 3))).exit_code == 3
    assert (await (failing | sh("cat")).accept(0, 3)).exit_code == 0
    assert (await (failing | sh("cat")).nothrow()).exit_code == 3
    with pytest.raises(CommandFailed):
        await (failing | sh("exit 4").accept(0, 4))


async def test_settings_of_the_whole_reach_every_stage(tmp_path: Path) -> None:
    pipeline = sh("printenv A") | sh("sh -c 'cat; printenv A; pwd'")
    result = await pipeline.env(A="whole").cwd(tmp_path)
    assert result.lines == ["whole", "whole", str(tmp_path)]
    own = sh("printenv A").env(A="first") | sh("sh -c 'cat; printenv A'")
    assert (await own.env(A="whole")).lines == ["first", "whole"]
    assert (await (sh("cat") | sh("cat")).input("given")).stdout == "given"
    await (sh("seq 2") | sh("cat")).stdout(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "1\n2\n"


async def test_a_limit_on_the_last_stage_is_one_on_the_whole() -> None:
    result = await (sh("seq 9") | sh("cat").limit_output(4))
    assert (result.stdout, result.truncated) == ("1\n2\n", True)


async def test_stderr_of_every_stage_is_kept_apart() -> None:
    say = sh.argv(PROGRAMS / "both", "first") | sh("sh -c 'cat >/dev/null; echo second >&2; exit 2'")
    with pytest.raises(CommandFailed) as caught:
        await say
    result = caught.value.result
    assert [stage.stderr for stage in result.stages] == ["first\n", "second\n"]
    assert result.stderr == "first\nsecond\n"
    assert caught.value.tail == "second"


async def test_programs_are_connected_by_the_kernel() -> None:
    first, second = (f"end=$(readlink /proc/$$/fd/{number}); echo $end >&2" for number in (1, 0))
    result = await (sh.argv("sh", "-c", first) | sh.argv("sh", "-c", second))
    assert len(set(result.stderr.split())) == 1
    assert result.stderr.startswith("pipe:[")


async def test_a_pipeline_is_one_process_group() -> None:
    group = "sh -c 'cat; ps -o pgid= -p $$'"
    lines = (await (sh(group).input("") | sh(group) | sh(group))).lines
    assert len({line.strip() for line in lines}) == 1
    assert lines[0].strip() != str(os.getpgrp())


async def test_await_binds_before_the_pipe() -> None:
    with pytest.raises(TypeError, match=r"`await` binds before `\|`; write `await \(a \| b\)`"):
        await sh("true") | sh("cat")
    with pytest.raises(TypeError, match=r"write `await \(a \| b\)`"):
        [] | await sh("true")


async def test_a_command_may_run_many_times() -> None:
    command = sh("echo x")
    assert (await command).stdout == (await command).stdout == "x\n"
    pipeline = command | str.upper | sh("cat")
    assert (await pipeline).stdout == (await pipeline).stdout == "X\n"


async def test_a_command_that_has_not_run_is_no_value() -> None:
    for stage in (sh("true"), sh("true") | sh("cat")):
        with pytest.raises(TypeError, match=r"has not run.*`await …` or `await ….ok\(\)`"):
            bool(stage)
        with pytest.raises(TypeError, match="was not awaited: write"):
            await sh("echo ${stage}", stage=stage)
        with pytest.raises(AttributeError, match="is frozen; its setters return a new one"):
            stage.options = None


def test_the_same_command_at_the_same_time() -> None:
    async def main() -> None:
        command = sh("sh -c 'echo $$'")
        first, second = await asyncio.gather(_run(command), _run(command))
        assert first.stdout != second.stdout

    asyncio.run(main())


async def _run(command: Any) -> Any:
    return await command


async def test_a_transform_cannot_run_alone() -> None:
    from xsh import stream

    with pytest.raises(TypeError, match=r"cannot run by itself: connect it to a command"):
        await stream(str.upper)

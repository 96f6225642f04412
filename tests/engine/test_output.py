"""Where output goes: files, objects, the terminal, both, other stages."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.script_runner import PROGRAMS
from xsh import CommandFailed, sh, tee

pytestmark = pytest.mark.usefixtures("engine")

BOTH = "echo out; echo err >&2"


async def test_into_a_path_which_is_made_and_emptied(tmp_path: Path) -> None:
    out = tmp_path / "out"
    await sh("seq 3").stdout(out)
    await sh("seq 2").stdout(out)
    assert out.read_text() == "1\n2\n"
    await sh("echo 3").stdout(out, append=True)
    await (sh("echo 4") | sh("cat").stdout(out, append=True))
    assert out.read_text() == "1\n2\n3\n4\n"
    await (sh("seq 2") | out)
    assert out.read_text() == "1\n2\n"
    await (sh("echo a") | str.upper | out)
    assert out.read_text() == "A\n"


async def test_into_an_open_file_at_its_place(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as file:
        file.write("head\n")
        await sh("echo body").stdout(file)
        await (sh("echo more") | str.upper | file)
        await sh("echo err >&2").stderr(file)
    assert (tmp_path / "out").read_text() == "head\nbody\nMORE\nerr\n"


async def test_into_a_file_that_is_only_an_object() -> None:
    text, data = io.StringIO(), io.BytesIO()
    await sh("printf 'é\\n'").stdout(text)
    await (sh("printf 'é\\377'") | data)
    await sh("printf 'a' >&2").stderr(data)
    await (sh("echo x") | str.upper | text)
    assert text.getvalue() == "é\nX\n"
    assert data.getvalue() == "é".encode() + b"\xffa"


async def test_an_object_that_fails_stops_the_program_and_shows_its_own_error() -> None:
    class Full:
        def write(self, chunk: bytes) -> None:
            raise LookupError("full")

    for command in (sh("yes").stdout(Full()), sh("yes") | str.upper | Full()):
        with pytest.raises(LookupError, match="full"):
            await command


async def test_a_text_is_never_taken_for_a_file() -> None:
    with pytest.raises(TypeError, match=r"name a file by Path\('out.txt'\)"):
        await sh("true").stdout("out.txt")
    with pytest.raises(TypeError, match=r"for a file use `\| Path"):
        sh("true") | "out.txt"
    with pytest.raises(TypeError, match="output cannot go to float: a sink is a Path or an open file"):
        await sh("true").stdout(1.5)


async def test_stderr_into_stdout_a_file_and_nowhere(tmp_path: Path) -> None:
    merged = await sh(BOTH).stderr("stdout")
    assert (merged.stdout, merged.stderr_data) == ("out\nerr\n", None)
    assert await (sh(BOTH).stderr("stdout") | sh("sort")).lines() == ["err", "out"]
    await sh(BOTH).stderr(tmp_path / "err")
    assert (tmp_path / "err").read_text() == "err\n"
    silent = await sh(BOTH).stderr(None)
    assert (silent.stdout, silent.stderr_data) == ("out\n", None)


async def test_stderr_into_a_stage_of_its_own() -> None:
    seen: list[str] = []
    result = await sh(BOTH).stderr(pipe=sh("tr a-z A-Z"))
    assert result.stdout == "out\n"
    assert result.stderr == "ERR\n"
    assert (await sh(BOTH).stderr(pipe=seen.append)).stdout == "out\n"
    assert seen == ["err"]


async def test_a_failure_keeps_what_a_stderr_stage_made_of_it() -> None:
    with pytest.raises(CommandFailed) as caught:
        await sh("echo bad >&2; exit 4").stderr(pipe=sh("cat"))
    assert caught.value.result.exit_code == 4


async def test_one_stream_into_several_stages(tmp_path: Path) -> None:
    upper = tmp_path / "upper"
    lines: list[str] = []
    await (sh("seq 3") | tee(sh("tr 1 x").stdout(upper), tmp_path / "copy", lines.append))
    assert upper.read_text() == "x\n2\n3\n"
    assert (tmp_path / "copy").read_text() == "1\n2\n3\n"
    assert lines == ["1", "2", "3"]
    assert sorted(await (sh("seq 2") | tee(sh("cat"), sh("sed s/^/b/"))).lines()) == ["1", "2", "b1", "b2"]
    assert sorted(await ("x\n" | tee(sh("cat"), str.upper)).lines()) == ["X", "x"]


async def test_a_branch_that_stops_early_does_not_stop_the_others(tmp_path: Path) -> None:
    result = await (sh("seq 100000") | tee(sh("head -n 1"), sh("tail -n 1")))
    assert sorted(result.lines) == ["1", "100000"]
    assert result.ok


async def test_when_every_branch_has_stopped_the_producer_ends() -> None:
    assert sorted(await (sh("yes") | tee(sh("head -n 1"), sh("head -n 2"))).lines()) == ["y"] * 3


async def test_branches_into_one_file_are_both_in_it(tmp_path: Path) -> None:
    await (sh("seq 2") | tee(sh("cat"), sh("sed s/^/b/"), lambda line: "p" + line) | tmp_path / "out")
    assert sorted((tmp_path / "out").read_text().split()) == ["1", "2", "b1", "b2", "p1", "p2"]


async def test_branches_are_iterated_together() -> None:
    lines = [line async for line in sh("seq 2") | tee(sh("cat"), sh("sed s/^/b/"), lambda line: "p" + line)]
    assert sorted(lines) == ["1", "2", "b1", "b2", "p1", "p2"]


async def test_a_pipe_that_others_write_to_is_not_made_non_blocking() -> None:
    read_end, write_end = os.pipe()
    with open(read_end, "rb") as reading, open(write_end, "wb") as writing:
        await (sh("echo x") | str.upper | writing)
        assert os.get_blocking(writing.fileno())
        await (sh("echo y") | writing)
        assert os.read(reading.fileno(), 100) == b"X\ny\n"


async def test_wrong_tees_are_told() -> None:
    with pytest.raises(TypeError, match="at least one stage"):
        tee()
    with pytest.raises(TypeError, match="cannot pipe into int"):
        tee(3)
    with pytest.raises(TypeError, match=r"tee\(…\) must be the last stage"):
        await (sh("true") | tee(sh("cat")) | sh("cat"))


async def test_a_sink_in_the_middle_is_told(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="can only stand at an end"):
        await ((sh("true") | (tmp_path / "x")) | sh("cat"))


async def test_shown_output_goes_to_our_own_streams_and_is_not_kept(capfd: pytest.CaptureFixture[str]) -> None:
    result = await sh(BOTH).show()
    assert capfd.readouterr() == ("out\n", "err\n")
    assert (result.stdout_data, result.stderr_data) == (None, None)
    await (sh("seq 2") | (lambda line: line + "!")).show()
    assert capfd.readouterr() == ("1!\n2!\n", "")
    assert (await sh(BOTH).show().quiet()).stdout == "out\n"
    assert capfd.readouterr() == ("", "")


async def test_teed_output_is_shown_and_kept(capfd: pytest.CaptureFixture[str]) -> None:
    result = await sh(BOTH).tee()
    assert (result.stdout, result.stderr) == ("out\n", "err\n")
    assert capfd.readouterr() == ("out\n", "err\n")


async def test_short_answers_show_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    shown = sh(BOTH).show()
    assert await shown.text() == "out"
    assert await shown.ok()
    assert await shown.code() == 0
    assert capfd.readouterr() == ("", "")


async def test_what_python_printed_before_comes_before(capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        print("python")
        await sh("echo program").show()
    assert capfd.readouterr().out == "python\nprogram\n" * 3


async def test_a_program_that_is_shown_has_our_own_streams(capfd: pytest.CaptureFixture[str]) -> None:
    code = "import os; print([os.readlink(f'/proc/self/fd/{n}') for n in (1, 2)])"
    await sh.argv(sys.executable, "-c", code).show()
    assert capfd.readouterr().out == f"{[os.readlink(f'/proc/self/fd/{number}') for number in (1, 2)]}\n"


@pytest.mark.parametrize(
    "make",
    [
        lambda command: command,
        lambda command: command.show(),
        lambda command: command | sh("cat"),
        lambda command: sh("true") | command,
        lambda command: command | str.upper,
        lambda command: command.cwd("/"),
        lambda command: command.stderr(pipe=sh("cat")),
    ],
    ids=["captured", "shown", "first", "last", "into a function", "cwd", "stderr pipe"],
)
async def test_a_program_is_given_three_descriptors_and_no_more(
    make: Callable[..., object], capfd: pytest.CaptureFixture[str]
) -> None:
    result = await make(sh.argv(PROGRAMS / "open-descriptors"))  # type: ignore[misc]
    shown = capfd.readouterr().out if result.stdout_data is None else result.stdout
    assert shown.split() == [str(number) for number in (0, 1, 2, *_inherited())]


def _inherited() -> list[int]:
    """What whoever started the tests has left open for every program below it."""
    with os.scandir("/proc/self/fd") as entries:
        numbers = sorted(int(entry.name) for entry in entries if int(entry.name) > 2)
    return [number for number in numbers if os.path.exists(f"/proc/self/fd/{number}") and os.get_inheritable(number)]


async def test_a_character_that_is_never_finished_is_not_lost() -> None:
    text = io.StringIO()
    await sh(r"printf 'a\303'").stdout(text)
    assert text.getvalue() == "a\udcc3"

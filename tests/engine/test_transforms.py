"""Python functions as stages: every kind, at every place, in every mode, with and without faults."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from xsh import CommandFailed, sh, stream

pytestmark = pytest.mark.usefixtures("engine")


def plain(line: str) -> str:
    return line.upper()


async def awaited(line: str) -> str:
    return line.upper()


def generated(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line.upper()


async def async_generated(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        yield line.upper()


class Called:
    """An object that is called."""

    def __call__(self, line: str) -> str:
        return line.upper()


KINDS: dict[str, Callable[..., Any]] = {
    "function": plain,
    "async": awaited,
    "generator": generated,
    "async generator": async_generated,
    "method": str.upper,
    "object": Called(),
    "bound": Called().__call__,
}
EACH = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@EACH
async def test_first_behind_a_source(kind: Callable[..., Any]) -> None:
    assert await (["a", "b"] | stream(kind) | sh("cat")).lines() == ["A", "B"]


@EACH
async def test_in_the_middle(kind: Callable[..., Any]) -> None:
    assert await (sh("printf 'a\\nb\\n\\nc'") | kind | sh("cat -A")).lines() == ["A$", "B$", "$", "C$"]


@EACH
async def test_last(kind: Callable[..., Any]) -> None:
    result = await (sh("printf 'a\\nb'") | kind)
    assert result.lines == ["A", "B"]
    assert result.ok


@EACH
async def test_twice_in_a_row_and_apart(kind: Callable[..., Any]) -> None:
    assert await (sh("printf 'a\\n'") | kind | kind | sh("cat") | kind).text() == "A"


@EACH
async def test_a_whole_stage_of_a_literal(kind: Callable[..., Any]) -> None:
    assert await sh("printf 'a\\nb\\n' | ${kind} | tail -n 1", kind=kind).text() == "B"


@EACH
async def test_nothing_in_nothing_out(kind: Callable[..., Any]) -> None:
    assert await (sh("true") | kind).bytes() == b""


@EACH
async def test_iterated_while_it_runs(kind: Callable[..., Any]) -> None:
    assert [line async for line in sh("seq 3") | kind] == ["1", "2", "3"]
    async with aclosing(aiter(sh("yes") | kind)) as lines:
        async for line in lines:
            assert line == "Y"
            break


@EACH
async def test_many_lines_keep_their_order(kind: Callable[..., Any]) -> None:
    expected = [str(number) for number in range(1, 20_001)]
    assert await (sh("seq 20000") | kind).lines() == expected
    assert await (sh("seq 20000") | kind | sh("cat")).lines() == expected


@EACH
async def test_a_reader_that_stops_early_ends_everything(kind: Callable[..., Any]) -> None:
    assert await (sh("yes") | kind | sh("head -n 3")).lines() == ["Y", "Y", "Y"]


async def test_none_drops_and_a_list_gives_several() -> None:
    def odd(line: str) -> list[str] | str | None:
        return {"1": None, "2": [], "3": ["3", "three"]}.get(line, line)

    async def odd_async(line: str) -> list[str] | str | None:
        return odd(line)

    for function in (odd, odd_async):
        assert await (sh("seq 4") | function).lines() == ["3", "three", "4"]


async def test_a_generator_may_drop_add_and_stop() -> None:
    def some(lines: Iterator[str]) -> Iterator[str | None]:
        yield "head"
        for line in lines:
            yield None
            if line == "3":
                return
            yield line

    async def some_async(lines: AsyncIterator[str]) -> AsyncIterator[str | None]:
        yield "head"
        async for line in lines:
            yield None
            if line == "3":
                return
            yield line

    for function in (some, some_async):
        assert await (sh("seq 1000000") | function).lines() == ["head", "1", "2"]


async def test_modes_choose_what_a_function_is_given() -> None:
    def kind_of(chunk: Any) -> str:
        return f"{type(chunk).__name__} "

    assert set((await (sh("printf 'a\\nb'") | stream(kind_of, "text")).text()).split()) == {"str"}
    assert set((await (sh("printf 'a\\nb'") | stream(kind_of, mode="bytes")).text()).split()) == {"bytes"}
    data = bytes(range(256))
    assert await (data | stream(lambda chunk: chunk, "bytes") | sh("cat")).bytes() == data
    assert await (data | stream(lambda chunk: chunk, "text") | sh("cat")).bytes() == data
    with pytest.raises(ValueError, match="mode is one of lines, text, bytes"):
        stream(plain, "words")
    with pytest.raises(TypeError, match="stream takes a function, not int"):
        stream(3)  # type: ignore[arg-type]


async def test_objects_travel_between_python_and_as_json_into_a_command() -> None:
    def parse(line: str) -> dict[str, Any]:
        return {"n": int(line), "name": "é"}

    def keep(value: dict[str, Any]) -> dict[str, Any] | None:
        return value if value["n"] > 1 else None

    pipeline = sh("seq 3") | parse | keep
    assert await pipeline.objects() == [{"n": 2, "name": "é"}, {"n": 3, "name": "é"}]
    lines = await (pipeline | sh("cat")).lines()
    assert [json.loads(line) for line in lines] == [{"n": 2, "name": "é"}, {"n": 3, "name": "é"}]
    assert lines[0] == '{"n": 2, "name": "é"}'
    assert await sh("printf '{\"a\": 1}\\n\\n[2]\\n'").objects() == [{"a": 1}, [2]]
    assert [value async for value in sh("seq 2") | parse] == [{"n": 1, "name": "é"}, {"n": 2, "name": "é"}]


async def test_objects_of_what_is_no_json_name_command_line_and_text() -> None:
    with pytest.raises(ValueError, match=r"line 3 of the output of `printf .*` is not JSON: .*: 'no{58}…'$"):
        await sh("printf '{}\\n\\nn%061d\\n' 0 | tr 0 o").objects()


async def test_a_generator_gives_objects_too() -> None:
    async def pairs(lines: AsyncIterator[str]) -> AsyncIterator[list[str]]:
        async for line in lines:
            yield [line, line]

    assert await (sh("seq 2") | pairs).objects() == [["1", "1"], ["2", "2"]]


class MineError(Exception):
    """Raised by the functions of these tests."""


def raising(line: str) -> str:
    raise MineError(line)


async def raising_async(line: str) -> str:
    raise MineError(line)


def raising_generator(lines: Iterator[str]) -> Iterator[str]:
    yield next(lines)
    raise MineError("generator")


async def raising_async_generator(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    yield await anext(lines)
    raise MineError("generator")


RAISING = pytest.mark.parametrize("kind", [raising, raising_async, raising_generator, raising_async_generator])


@RAISING
async def test_a_raising_function_stops_its_neighbours_and_shows_its_own_error(kind: Callable[..., Any]) -> None:
    for pipeline in (sh("yes") | kind, sh("yes") | kind | sh("sleep 1000"), ["a", "b"] | stream(kind) | sh("cat")):
        with pytest.raises(MineError) as caught:
            await pipeline
        frames = [frame.name for frame in caught.traceback]
        assert kind.__name__ in frames
    with pytest.raises(MineError):
        async for _ in sh("yes") | kind:
            pass


@pytest.mark.parametrize("nonsense", [object(), 1j, lambda: None], ids=["object", "complex", "function"])
async def test_a_function_that_gives_nonsense_is_named(nonsense: object) -> None:
    def giving(line: str) -> object:
        return nonsense

    async def giving_async(line: str) -> object:
        return nonsense

    for function in (giving, giving_async):
        with pytest.raises(TypeError, match=rf"\$\{{{function.__name__}\}} gave .*can go on"):
            await (sh("yes") | function | sh("cat"))


async def test_a_function_that_never_reads_ends_its_producer() -> None:
    def deaf(lines: Iterator[str]) -> Iterator[str]:
        yield "only this"

    async def deaf_async(lines: AsyncIterator[str]) -> AsyncIterator[str]:
        yield "only this"

    for function in (deaf, deaf_async):
        assert await (sh("yes") | function).lines() == ["only this"]
        assert await (sh("yes") | function | sh("cat")).lines() == ["only this"]


async def test_a_function_that_never_ends_is_stopped_by_the_timeout() -> None:
    async def endless(lines: AsyncIterator[str]) -> AsyncIterator[str]:
        while True:
            yield "x"

    def endless_plain(lines: Iterator[str]) -> Iterator[str]:
        while True:
            yield "x"

    def silent(lines: Iterator[str]) -> Iterator[str]:
        while True:
            pass
        yield "never"

    for function, grace in ((endless, "5s"), (endless_plain, "5s"), (silent, "50ms")):
        pipeline = (sh("true") | function | sh("cat >/dev/null")).timeout("200ms").grace(grace)
        with pytest.raises(TimeoutError, match="timed out after 200 ms"):
            await pipeline


async def test_what_is_no_generator_function_but_returns_one_is_told_or_works() -> None:
    with pytest.raises(TypeError, match="gave generator"):
        await (sh("seq 2") | (lambda line: (char for char in line)))


async def test_a_failing_program_before_a_function_fails_the_pipeline() -> None:
    with pytest.raises(CommandFailed) as caught:
        await (sh("echo a; exit 3") | plain)
    assert caught.value.result.exit_code == 3
    assert caught.value.result.stdout == "A\n"


async def test_a_function_has_the_files_of_its_script(tmp_path: Path) -> None:
    def note(line: str) -> str:
        (tmp_path / "seen").write_text(line)
        return line

    await (sh("echo x") | note)
    assert (tmp_path / "seen").read_text() == "x"

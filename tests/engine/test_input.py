"""Standard input in every form a user can give, from nothing to an endless generator."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.script_runner import PROGRAMS
from xsh import sh

pytestmark = pytest.mark.usefixtures("engine")


async def _later(*items: Any) -> AsyncIterator[Any]:
    for item in items:
        yield item


class AsyncFile:
    """An object whose `read` is a coroutine function, as anyio's files have it."""

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)

    async def read(self, size: int) -> bytes:
        return self.file.read(size)


FORMS: dict[str, tuple[Callable[[], Any], bytes]] = {
    "str": (lambda: "a\nb", b"a\nb"),
    "empty str": (lambda: "", b""),
    "surrogates": (lambda: "\udcff", b"\xff"),
    "bytes": (lambda: b"\0\xff", b"\0\xff"),
    "bytearray": (lambda: bytearray(b"x"), b"x"),
    "memoryview": (lambda: memoryview(b"x"), b"x"),
    "list": (lambda: ["a", "b"], b"a\nb\n"),
    "tuple": (lambda: ("a", "b"), b"a\nb\n"),
    "empty list": (list, b""),
    "list of blank lines": (lambda: ["", ""], b"\n\n"),
    "bytes lines": (lambda: [b"a", b"b\n"], b"a\nb\n"),
    "numbers": (lambda: [1, 2.5], b"1\n2.5\n"),
    "dicts": (lambda: [{"a": "é"}, {"b": [1]}], '{"a": "é"}\n{"b": [1]}\n'.encode()),
    "generator": (lambda: (str(n) for n in range(3)), b"0\n1\n2\n"),
    "async generator": (lambda: _later("a", "b"), b"a\nb\n"),
    "text file object": (lambda: io.StringIO("a\nb"), b"a\nb\n"),
    "binary file object": (lambda: io.BytesIO(b"a\nb\n"), b"a\nb\n"),
    "async file": (lambda: AsyncFile(b"a\nb\n"), b"a\nb\n"),
}


@pytest.mark.parametrize(("make", "data"), FORMS.values(), ids=FORMS)
async def test_input_arrives(make: Callable[[], Any], data: bytes) -> None:
    assert await sh("cat").input(make()).bytes() == data


@pytest.mark.parametrize(("make", "data"), FORMS.values(), ids=FORMS)
async def test_a_source_in_front_arrives(make: Callable[[], Any], data: bytes) -> None:
    assert await (make() | sh("cat")).bytes() == data
    assert await (make() | sh("cat") | sh("cat")).bytes() == data


async def test_a_path_and_an_open_file(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"\0a\n")
    assert await sh("cat").input(path).bytes() == b"\0a\n"
    assert await (path | sh("cat")).bytes() == b"\0a\n"
    with path.open("rb") as file:
        assert await sh("cat").input(file).bytes() == b"\0a\n"
    with path.open() as file:
        file.seek(1)
        assert await (file | sh("cat")).bytes() == b"a\n"


async def test_a_missing_input_file_is_told_before_anything_starts(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    with pytest.raises(FileNotFoundError, match="missing"):
        await sh("touch ${mark}", mark=mark).input(tmp_path / "missing")
    assert not mark.exists()


@pytest.mark.parametrize("wrong", [5, 1.5, object()], ids=["int", "float", "object"])
async def test_a_wrong_input_is_told(wrong: object) -> None:
    with pytest.raises(TypeError, match="cannot read from|can be input|descriptor"):
        await sh("cat").input(wrong)


async def test_a_line_that_is_no_line_names_itself() -> None:
    with pytest.raises(TypeError, match=r"gave object \('<object.*text, bytes, a number, a dict or a list"):
        await sh("cat").input([object()])
    with pytest.raises(TypeError, match=r"gave object"):
        await sh("cat").input(object() for _ in range(3))


async def test_an_iterable_that_raises_stops_the_program_and_shows_its_own_error() -> None:
    def broken() -> Iterator[str]:
        yield "a"
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await sh("cat").input(broken())


async def test_a_program_that_reads_nothing_is_no_failure() -> None:
    assert (await sh("true").input(b"x" * 10_000_000)).ok
    assert (await sh("true").input(str(n) for n in range(1_000_000))).ok
    assert (await (("line" for _ in iter(int, 1)) | sh("head -n 2"))).stdout == "line\nline\n"


async def test_a_program_that_stops_reading_early_ends_an_endless_source() -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield "x" * 100

    result = await sh.argv(PROGRAMS / "read-some", 5).input(endless())
    assert result.stdout == "read 5\n"
    assert taken < 100_000


async def test_an_async_source_is_closed_when_nobody_reads_any_more() -> None:
    closed = False

    async def endless() -> AsyncIterator[str]:
        nonlocal closed
        try:
            while True:
                yield "x" * 1000
        finally:
            closed = True

    assert (await (endless() | sh("head -n 1"))).stdout == "x" * 1000 + "\n"
    assert closed


async def test_ten_megabytes_go_in_and_out_at_once() -> None:
    data = os.urandom(10_000_000)
    assert await sh("cat").input(data).bytes() == data


async def test_a_lone_command_inherits_our_input() -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"typed\n")
    os.close(write_end)
    saved = os.dup(0)
    os.dup2(read_end, 0)
    try:
        assert await sh("cat").text() == "typed"
        assert await (sh("cat") | sh("cat")).text() == ""
    finally:
        os.dup2(saved, 0)
        os.close(saved)
        os.close(read_end)


@pytest.mark.parametrize("bad", [None, 3, ["a"], "text.txt"], ids=repr)
async def test_what_cannot_be_piped_into_is_told(bad: object) -> None:
    with pytest.raises(TypeError, match="cannot pipe into"):
        sh("true") | bad


async def test_a_coroutine_is_no_source_and_no_stage() -> None:
    async def work() -> str:
        return "x"

    coroutine = work()
    with pytest.raises(TypeError, match="await it first"):
        coroutine | sh("cat")
    with pytest.raises(TypeError, match="an unfinished coroutine"):
        sh("cat") | coroutine
    coroutine.close()

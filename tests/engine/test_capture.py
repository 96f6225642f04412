"""What a program writes is kept exactly, whatever it is, how much it is and where the kernel cuts it."""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path

import pytest

from tests.script_runner import PROGRAMS
from xsh import sh

pytestmark = pytest.mark.usefixtures("engine")

MEGABYTE = 1 << 20
AWKWARD_TEXTS = {
    "empty": b"",
    "no newline": b"abc",
    "newline": b"\n",
    "blank lines": b"\n\na\n\n\n",
    "crlf": b"a\r\nb\r\n\r\n",
    "lone cr": b"a\rb\rc",
    "other line ends": "a\u2028b\u0085c\x0bd\x0ce\x1cf\n".encode(),
    "not UTF-8": b"\xff\xfe\x80a\n\xc3",
    "nul": b"a\0b\0\n",
    "byte order mark": b"\xef\xbb\xbfa\n",
}


async def test_every_byte_value_arrives(tmp_path: Path) -> None:
    data = bytes(range(256)) * 1000
    (tmp_path / "data").write_bytes(data)
    result = await sh("cat ${file} && cat ${file} >&2", file=tmp_path / "data")
    assert result.stdout_bytes == data
    assert result.stderr_bytes == data


async def test_fifty_megabytes_arrive_exactly() -> None:
    code = "import os\nfor i in range(50): os.write(1, bytes(range(256)) * 4096)"
    result = await sh.argv(sys.executable, "-c", code)
    assert len(result.stdout_bytes) == 50 * MEGABYTE
    expected = hashlib.sha256(bytes(range(256)) * 4096 * 50).digest()
    assert hashlib.sha256(result.stdout_bytes).digest() == expected


@pytest.mark.parametrize("data", AWKWARD_TEXTS.values(), ids=AWKWARD_TEXTS)
async def test_text_and_lines_are_those_of_the_bytes(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(data)
    cat = sh.argv("cat", tmp_path / "data")
    result = await cat
    text = data.decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    lines = [line.removesuffix("\r") if ends else line for line, ends in zip(lines, _ended(text), strict=True)]
    assert result.stdout == text
    assert result.stdout.encode("utf-8", "surrogateescape") == data
    assert [line async for line in cat] == lines
    assert await cat.bytes() == data


def _ended(text: str) -> list[bool]:
    """For each line of a text whether a newline ends it."""
    count = text.count("\n")
    return [True] * count + ([] if text.endswith("\n") or not text else [False])


async def test_lines_of_a_result_are_those_of_iteration(tmp_path: Path) -> None:
    for data in AWKWARD_TEXTS.values():
        (tmp_path / "data").write_bytes(data)
        cat = sh.argv("cat", tmp_path / "data")
        assert (await cat).lines == [line async for line in cat] == await cat.lines(), data


async def test_characters_split_over_chunks_come_whole() -> None:
    # each write is one chunk for us: the reader is woken between, since the writer waits for the pipe to be empty
    code = (
        "import fcntl, os, struct, termios\n"
        "def empty():\n"
        "    return struct.unpack('i', fcntl.ioctl(1, termios.FIONREAD, b'....'))[0] == 0\n"
        "for byte in 'aé€😀\\n'.encode() * 3:\n"
        "    os.write(1, bytes([byte]))\n"
        "    while not empty(): os.sched_yield()\n"
    )
    split = sh.argv(sys.executable, "-c", code)
    assert (await split).stdout == "aé€😀\n" * 3
    assert [line async for line in split] == ["aé€😀"] * 3
    assert await (split | str.upper).text() == "\n".join(["AÉ€😀"] * 3)


async def test_a_hundred_megabytes_without_newline_take_linear_time() -> None:
    async def seconds(size: int) -> float:
        started = time.process_time()
        lines = [line async for line in sh("head -c ${size} /dev/zero", size=size)]
        assert [len(line) for line in lines] == [size]
        return time.process_time() - started

    small = await seconds(10 * MEGABYTE)
    large = await seconds(100 * MEGABYTE)
    assert large < max(small, 0.02) * 40  # ten times the data; quadratic work would take a hundred times as long


async def test_final_newlines_are_cut_as_in_a_shell() -> None:
    assert await sh("printf 'a\\n\\nb\\n\\n\\n'").text() == "a\n\nb"
    assert await sh("printf 'a\\r\\n'").text() == "a"
    assert await sh("printf ' a '").text() == " a "
    assert await sh("true").text() == ""


async def test_short_answers() -> None:
    assert await sh("printf 'a\\0b\\0'").lines(sep="\0") == ["a", "b"]
    assert await sh("printf '[1, {\"a\": null}]'").json() == [1, {"a": None}]
    assert await sh("printf '\\377'").bytes() == b"\xff"
    assert await sh("exit 3").code() == 3
    assert await sh("exit 3").ok() is False
    assert await sh("true").ok() is True
    with pytest.raises(ValueError, match=r"the output of `echo nope` is not JSON"):
        await sh("echo nope").json()
    with pytest.raises(ValueError, match="sep must not be empty"):
        await sh("true").lines(sep="")


async def test_a_limit_keeps_the_head_and_does_not_disturb() -> None:
    result = await sh("seq 100000; echo end >&2").limit_output(10)
    assert result.stdout_bytes == b"1\n2\n3\n4\n5\n"
    assert result.truncated
    assert result.ok
    assert result.stderr == "end\n"
    exact = await sh("printf 12345").limit_output(5)
    assert (exact.stdout, exact.truncated) == ("12345", False)
    nothing = await sh("printf 12345").limit_output(0)
    assert (nothing.stdout, nothing.truncated) == ("", True)


@pytest.mark.parametrize(("size", "error"), [(-1, ValueError), (True, TypeError), ("1k", TypeError), (1.5, TypeError)])
async def test_a_wrong_limit_is_told(size: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="limit_output takes"):
        sh("true").limit_output(size)  # type: ignore[arg-type]


async def test_the_streams_stay_apart() -> None:
    result = await sh.argv(PROGRAMS / "both", "x")
    assert (result.stdout, result.stderr) == ("x\n", "x\n")


async def test_what_was_not_captured_cannot_be_read(tmp_path: Path) -> None:
    result = await sh("echo hello").stdout(tmp_path / "out")
    for read in (lambda: result.stdout, lambda: result.text, lambda: result.lines, lambda: str(result), list):
        with pytest.raises(ValueError, match=r"stdout of `echo hello` was not captured.*`r = await …`"):
            read(result) if read is list else read()


async def test_a_result_is_frozen_and_tells_the_facts() -> None:
    result = await sh("printf abc; exit 3").nothrow()
    assert (result.exit_code, result.signal, result.ok, bool(result)) == (3, None, False, False)
    assert result.duration > 0
    assert result.pid > 0
    assert result.host is None
    assert result.stages == (result,)
    assert not result.timed_out
    assert not result.stdout_held
    assert repr(result).startswith("Result('printf abc; exit 3', exit_code=3, duration=")
    with pytest.raises(AttributeError, match="frozen"):
        result.exit_code = 0
    assert (await sh("seq 2")).argv == ("seq", "2")


async def test_usage_is_the_kernels_own() -> None:
    code = "x = bytearray(64 << 20)\nimport time\nwhile time.process_time() < 0.2: pass"
    usage = (await sh.argv(sys.executable, "-c", code)).usage
    assert usage.user_s + usage.system_s >= 0.2
    assert usage.max_rss_bytes >= 64 << 20
    assert (await sh("true")).usage.max_rss_bytes > 0

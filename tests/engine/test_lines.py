"""Bytes become lines and text the same way wherever the chunks are cut."""

from __future__ import annotations

import json

import hypothesis
import pytest
from hypothesis import strategies as st

from xsh.engine.keep import Capture, Feed, Tail
from xsh.engine.lines import ByteCutter, LineCutter, TextCutter, cutter, encode_items
from xsh.result import split_lines

PIECES = st.sampled_from(
    [b"a", b"\n", b"\r", b"\r\n", b"\0", b"\xff", "é€😀".encode(), b"\xe2\x82", b"\x85", b"\x0b", b"x" * 50]
)
DATA = st.lists(PIECES, max_size=30).map(b"".join)


@st.composite
def chunks(draw: st.DrawFn) -> list[bytes]:
    """Some bytes, cut anywhere, empty chunks too."""
    data = draw(DATA)
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def fed(chunks: list[bytes], mode: str) -> list[object]:
    cut = cutter(mode)
    items: list[object] = []
    for chunk in chunks:
        items.extend(cut.feed(chunk))
    return [*items, *cut.flush()]


@hypothesis.given(chunks())
def test_lines_are_those_of_the_whole(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    whole = data.decode("utf-8", "surrogateescape").split("\n")
    last = whole.pop()
    expected = [line.removesuffix("\r") for line in whole] + ([last] if last else [])
    assert fed(pieces, "lines") == expected
    if not last.endswith("\r"):
        assert split_lines(data.decode("utf-8", "surrogateescape")) == expected


@hypothesis.given(chunks())
def test_text_is_that_of_the_whole(pieces: list[bytes]) -> None:
    text = "".join(fed(pieces, "text"))  # type: ignore[arg-type]
    assert text == b"".join(pieces).decode("utf-8", "surrogateescape")


@hypothesis.given(chunks())
def test_bytes_stay_as_they_are(pieces: list[bytes]) -> None:
    assert b"".join(fed(pieces, "bytes")) == b"".join(pieces)  # type: ignore[arg-type]


@hypothesis.given(chunks(), st.one_of(st.none(), st.integers(0, 200)))
def test_a_capture_keeps_the_head(pieces: list[bytes], limit: int | None) -> None:
    capture = Capture(limit)
    for piece in pieces:
        capture.write(piece)
        capture.value()
    data = b"".join(pieces)
    assert capture.value() == data[:limit]
    assert capture.truncated == (limit is not None and len(data) > limit)


@hypothesis.given(chunks(), st.integers(1, 100))
def test_a_tail_keeps_the_end(pieces: list[bytes], limit: int) -> None:
    tail = Tail(limit)
    for piece in pieces:
        tail.write(piece)
    assert tail.value() == b"".join(pieces)[-limit:]


@hypothesis.given(st.lists(chunks(), max_size=3))
def test_a_feed_gives_every_line_once(parts: list[list[bytes]]) -> None:
    feed = Feed()
    lines: list[str] = []
    for part in parts:
        for piece in part:
            feed.write(piece)
        lines += [line for batch in feed.take() for line in batch]
    feed.end()
    lines += [line for batch in feed.take() for line in batch]
    assert lines == fed([piece for part in parts for piece in part], "lines")


@hypothesis.given(st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8"))))
def test_lines_become_bytes_and_lines_again(lines: list[str]) -> None:
    back = fed([encode_items(list(lines))], "lines")
    assert back == [line.removesuffix("\r") for line in lines]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@hypothesis.given(st.lists(st.dictionaries(st.text(), JSON, max_size=3) | st.lists(JSON, max_size=3), max_size=3))
def test_objects_are_one_line_each(objects: list[object]) -> None:
    data = encode_items(list(objects))
    assert data.count(b"\n") == len(objects)
    assert [json.loads(line) for line in data.split(b"\n")[:-1]] == objects


def test_items_of_every_kind() -> None:
    assert encode_items(["a", b"b", b"c\n", 1, 2.5, {"x": 1}], "lines") == b'a\nb\nc\n1\n2.5\n{"x": 1}\n'
    assert encode_items(["a", b"b"], "text") == b"ab"
    assert encode_items([]) == b""
    assert encode_items([""]) == b"\n"
    for wrong in (None, True, 1j, object()):
        with pytest.raises(TypeError, match="text, bytes, a number, a dict or a list can go on"):
            encode_items([wrong])


def test_the_modes() -> None:
    kinds = {mode: type(cutter(mode)) for mode in ("lines", "text", "bytes")}
    assert kinds == {"lines": LineCutter, "text": TextCutter, "bytes": ByteCutter}

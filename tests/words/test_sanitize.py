"""Text that cannot move the cursor, recolour or reorder what a person reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsh.words.sanitize import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""), ("plain", "plain"), ("a\tb\nc", "a\tb\nc"), ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x00\x07\r\x7f", "\\x00\\x07\\x0d\\x7f"), ("\x80\x9b\x9f", "\\x80\\x9b\\x9f"), ("\u202eab", "\\u202eab"),
        ("\u2066\u2069\u200e\u200f\u061c", "\\u2066\\u2069\\u200e\\u200f\\u061c"), ("\u2028\u2029", "\\u2028\\u2029"),
        ("café 💩 \u3000", "café 💩 \u3000"), ("\udcff\ud800", "\\xff\\ud800"), ("\xa0", "\xa0"), ("\ufeff", "\\ufeff"),
    ],
)  # fmt: skip
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(alphabet=st.characters()))
def test_the_result_can_be_encoded_and_stays_as_it_is(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    assert printable(shown) == shown
    assert not any(ord(char) < 0x20 and char not in "\t\n" for char in shown)

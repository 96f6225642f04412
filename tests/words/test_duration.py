"""Spans of time as people write them."""

from __future__ import annotations

import pytest

from xsh.words.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0, 0), (2, 2), (0.25, 0.25), ("200ms", 0.2), ("1.5s", 1.5), ("1m30s", 90), ("2h", 7200), ("1d", 86400),
        ("1d2h3m4s5ms", 93784.005), ("1m 30s", 90), (" 5s ", 5), ("5", 5), ("0.5", 0.5), (".5s", 0.5), ("90m", 5400),
    ],
)  # fmt: skip
def test_a_duration_is_seconds_or_text_with_units(value: float | str, seconds: float) -> None:
    assert parse_duration(value) == pytest.approx(seconds)
    assert isinstance(parse_duration(value), float)


@pytest.mark.parametrize(
    "value",
    ["5 parsecs", "", " ", "s", "1s1m", "1s1s", "-1", "-1s", "1.2.3s", "1ss", ".", "1e3", "nan", "inf", "٣s", "1 s s",
     -1, -0.5, float("nan"), float("inf"), 10**400],
)  # fmt: skip
def test_a_wrong_duration_is_shown_with_examples(value: float | str) -> None:
    with pytest.raises(ValueError, match="1m30s") as caught:
        parse_duration(value)
    assert repr(value)[:50] in str(caught.value)


@pytest.mark.parametrize("value", [True, False, None, b"1s", [1]])
def test_another_type_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        parse_duration(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 ms"), (0.0124, "12 ms"), (0.9994, "999 ms"), (0.9996, "1 s"), (2.44, "2.4 s"), (59.94, "59.9 s"), (59.96, "1 m"), (90, "1 m 30 s"),
        (3600, "1 h"), (7500, "2 h 5 m"),
    ],
)  # fmt: skip
def test_seconds_are_shown_as_people_read_them(seconds: float, shown: str) -> None:
    assert format_duration(seconds) == shown

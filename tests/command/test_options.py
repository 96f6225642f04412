"""Options are frozen, check their values where they are set, and merge the same way however they are grouped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from xsh import sh
from xsh.command.options import DEFAULTS, KEPT, PLAIN, Options
from xsh.command.retry import RetryPolicy

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "cwd": st.sampled_from(["/", "a", None]),
        "env": st.dictionaries(st.sampled_from("AB"), st.sampled_from(["1", "2", None]), max_size=2),
        "timeout": st.sampled_from([1, "2s", None]),
        "nothrow": st.booleans(),
        "accept": st.sampled_from([(0,), (0, 1)]),
        "output": st.sampled_from(["auto", "tee"]),
        "label": st.sampled_from(["x", None]),
    },
)


def joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two changes as one."""
    both = {**first, **second}
    if "env" in first and "env" in second:
        both["env"] = {**first["env"], **second["env"]}
    return both


@hypothesis.given(CHANGES, CHANGES, CHANGES)
def test_merging_is_associative(a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]) -> None:
    one_by_one = Options(**a).with_(**b).with_(**c)
    assert one_by_one == Options(**a).with_(**joined(b, c)) == Options(**joined(a, b)).with_(**c)


@hypothesis.given(CHANGES)
def test_a_merge_leaves_the_original_alone(changes: dict[str, Any]) -> None:
    before = Options()
    before.with_(**changes)
    assert before == PLAIN
    assert before.with_() == before
    assert Options(**changes).with_(**changes) == Options(**changes)


def test_setters_give_a_new_command_and_are_named_in_the_repr() -> None:
    command = sh("true")
    changed = (
        command.cwd("/")
        .env(A=1, B=None)
        .env({"C": Path("x")})
        .timeout("1m30s")
        .nothrow()
        .accept(0, 3)
        .label("l")
        .grace(2)
    )
    assert command.options == PLAIN
    options = changed.options
    assert (options.cwd, options.env, options.timeout) == ("/", {"A": "1", "B": None, "C": "x"}, 90.0)
    assert (options.nothrow, options.accept, options.label, options.grace) == (True, (0, 3), "l", 2.0)
    assert "timeout=90.0" in repr(options)
    assert repr(PLAIN) == "Options()"
    assert changed.timeout(None).options.timeout is None


def test_options_are_frozen() -> None:
    with pytest.raises(AttributeError, match=r"use with_\(cwd=…\)"):
        PLAIN.cwd = "/"
    with pytest.raises(TypeError, match="unhashable"):
        hash(PLAIN)


WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"nope": 1}, TypeError, "'nope' is no setting of a command; known are accept, append"),
    ({"cwd": 3}, TypeError, "cwd takes a path"),
    ({"cwd": ""}, ValueError, "not a directory's name"),
    ({"env": {"A": []}}, TypeError, "the value of A is list"),
    ({"env": {"A": True}}, TypeError, "the value of A is bool"),
    ({"env": {1: "x"}}, ValueError, "1 cannot be the name"),
    ({"timeout": "5 parsecs"}, ValueError, "parsecs"),
    ({"timeout": []}, TypeError, "duration"),
    ({"accept": ("0",)}, TypeError, "accept takes exit codes"),
    ({"accept": (True,)}, TypeError, "accept takes exit codes"),
    ({"output": "loud"}, ValueError, "output is one of auto, show, tee, quiet"),
    ({"wait": "never"}, ValueError, "wait is one of auto, eof, exit"),
    ({"limit_output": -1}, ValueError, "0 or more bytes"),
    ({"nothrow": 1}, TypeError, "nothrow takes True or False"),
    ({"label": 3}, TypeError, "label takes text"),
]


@pytest.mark.parametrize(("changes", "error", "message"), WRONG, ids=lambda value: str(value)[:30])
def test_wrong_values_are_told_where_they_are_set(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        sh("true").with_options(**changes)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"attempts": 0}, ValueError, "attempts is a whole number of 1 or more"),
        ({"attempts": True}, ValueError, "attempts"),
        ({"delay": "soon"}, ValueError, "soon"),
        ({"backoff": 0.5}, ValueError, "backoff is 1 or more"),
        ({"backoff": float("nan")}, ValueError, "backoff is 1 or more"),
        ({"jitter": 2}, ValueError, "jitter lies between 0 and 1"),
    ],
)
def test_wrong_retries_are_told(settings: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        sh("true").retry(**settings)


@hypothesis.given(st.integers(1, 8), st.floats(0, 5), st.floats(1, 10), st.floats(0, 20), st.floats(0, 1))
def test_delays_grow_up_to_their_limit(attempts: int, delay: float, backoff: float, most: float, jitter: float) -> None:
    delays = list(RetryPolicy(attempts, delay=delay, backoff=backoff, max_delay=most, jitter=jitter).delays())
    assert len(delays) == attempts - 1
    wait = delay
    for each in delays:
        base = min(wait, most)
        assert base * (1 - jitter) - 1e-9 <= each <= base * (1 + jitter) + 1e-9
        wait *= backoff


def test_every_option_has_a_check_or_takes_anything() -> None:
    assert set(Options.__slots__) == {*DEFAULTS, "copies", "simple"}


def test_the_same_change_gives_the_same_copy_and_no_other() -> None:
    options = Options()
    assert options.with_(timeout="1s") is options.with_(timeout="1s")
    assert options.with_(accept=1).accept == (1,)
    with pytest.raises(TypeError, match="accept takes exit codes"):
        options.with_(accept=True)
    assert options.with_(timeout=1) == options.with_(timeout=1.0)
    assert options.with_(input="text") is not options.with_(input="text")
    for n in range(3 * KEPT):
        assert options.with_(limit_output=n).limit_output == n
    assert len(options.copies) <= KEPT

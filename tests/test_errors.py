"""Errors and results leave their process whole."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from tests.async_tests import run_async
from xsh import CommandFailed, HostKeyMismatch, ProgramNotFound, Result, TargetError, TemplateError, XshError, sh


def pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


WAYS = pytest.mark.parametrize("way", [pickled, copy.copy, copy.deepcopy], ids=["pickle", "copy", "deepcopy"])


async def _failed(text: str) -> XshError:
    with pytest.raises(XshError) as caught:
        await sh(text)
    return caught.value


async def _finished(text: str) -> Result:
    result: Result = await sh(text)
    return result


@WAYS
@pytest.mark.parametrize("error", [TemplateError("no", hint="so"), HostKeyMismatch("no", host="a", retryable=True)])
def test_an_error_keeps_its_facts(way: Callable[[Any], Any], error: XshError) -> None:
    again = way(error)
    assert (type(again), again.args, vars(again)) == (type(error), error.args, vars(error))


@WAYS
def test_a_failure_keeps_result_and_place(way: Callable[[Any], Any]) -> None:
    error = run_async(_failed("echo said; exit 3"))
    again = way(error)
    assert isinstance(again, CommandFailed)
    assert isinstance(error, CommandFailed)
    assert (str(again), again.exit_code, again.result.stdout) == (str(error), 3, "said\n")
    assert error.location is not None
    assert again.location is not None
    assert (again.location.file, again.location.span()) == (__file__, error.location.span())


def test_a_missing_program_keeps_its_words() -> None:
    error = run_async(_failed("no-such-program-xyz"))
    again = pickled(error)
    assert isinstance(again, ProgramNotFound)
    assert (str(again), again.hint, again.program) == (str(error), error.hint, "no-such-program-xyz")


@WAYS
def test_a_result_stays_whole_and_frozen(way: Callable[[Any], Any]) -> None:
    result = run_async(_finished("seq 2 | cat"))
    again = way(result)
    assert isinstance(again, Result)
    assert (again.lines, [stage.exit_code for stage in again.stages]) == (["1", "2"], [0, 0])
    with pytest.raises(AttributeError, match="frozen"):
        again.exit_code = 1


def test_errors_are_named_as_users_import_them() -> None:
    assert f"{TargetError.__module__}.{TargetError.__qualname__}" == "xsh.TargetError"
    assert pickle.loads(pickle.dumps(TargetError)) is TargetError

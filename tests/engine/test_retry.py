"""Trying again: as often as asked, after the errors asked for, with every attempt's error in the last."""

from __future__ import annotations

from pathlib import Path

import pytest

from xsh import CommandFailed, CommandTimedOut, ProgramNotFound, retry, sh

pytestmark = pytest.mark.usefixtures("engine")


def flaky(folder: Path, good: int) -> object:
    """A command that fails until it runs for the time `good`."""
    return sh("echo x >> ${f}; test $(wc -l < ${f}) -ge ${good}", f=folder / "runs", good=good)


async def test_the_first_success_counts(tmp_path: Path) -> None:
    assert (await flaky(tmp_path, 3).retry(5, delay=0)).ok  # type: ignore[attr-defined]
    assert (tmp_path / "runs").read_text() == "x\n" * 3


async def test_the_last_error_carries_all(tmp_path: Path) -> None:
    for run in (lambda command: command.retry(3, delay="1ms"), lambda command: retry(command, 3, delay="1ms")):
        with pytest.raises(CommandFailed) as caught:
            await run(flaky(tmp_path, 100))
        assert len(caught.value.attempts) == 3
        assert caught.value.attempts[-1] is caught.value
        assert all(isinstance(error, CommandFailed) for error in caught.value.attempts)


async def test_only_after_the_errors_asked_for(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed) as caught:
        await flaky(tmp_path, 100).retry(3, delay=0, on=CommandTimedOut)  # type: ignore[attr-defined]
    assert caught.value.attempts == ()
    assert (tmp_path / "runs").read_text() == "x\n"
    with pytest.raises(ProgramNotFound):
        await sh("no-such-program-xyz").retry(3, delay=0)


async def test_a_function_is_called_each_time() -> None:
    calls = 0

    async def job() -> int:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise LookupError
        return calls

    assert await retry(job, delay=0, on=LookupError) == 3
    coroutine = job()
    with pytest.raises(TypeError, match="a coroutine can run only once; give the function"):
        await retry(coroutine)
    coroutine.close()


async def test_a_timeout_counts_for_each_attempt(tmp_path: Path) -> None:
    with pytest.raises(CommandTimedOut) as caught:
        await sh("echo x >> ${f}; sleep 1000", f=tmp_path / "runs").timeout("100ms").retry(2, delay=0)
    assert len(caught.value.attempts) == 2
    assert (tmp_path / "runs").read_text() == "x\n" * 2

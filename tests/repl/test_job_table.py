"""Jobs by number, rank and text."""

from __future__ import annotations

import asyncio

import pytest

from xsh.repl.jobs.line import Line
from xsh.repl.jobs.table import JobTable


@pytest.fixture
def table() -> JobTable:
    made = JobTable()

    async def fill() -> None:
        for text in ("make all", "make test", "vim x"):
            made.add(Line(text))

    asyncio.run(fill())
    return made


@pytest.mark.parametrize(
    ("spec", "number"),
    [("%1", 1), ("2", 2), ("%+", 3), ("%%", 3), ("%", 3), ("%-", 2), ("%vim", 3), ("%?test", 2), ("%make t", 2)],
)
def test_a_job_is_found(table: JobTable, spec: str, number: int) -> None:
    assert table.find(spec).number == number


@pytest.mark.parametrize(("spec", "why"), [("%9", "no such job"), ("%make", "several"), ("%?nope", "no such job")])
def test_a_job_is_not_found(table: JobTable, spec: str, why: str) -> None:
    with pytest.raises(LookupError, match=why):
        table.find(spec)


def test_without_jobs_there_is_none() -> None:
    for spec in ("%+", "%-", "%%"):
        with pytest.raises(LookupError, match="there is no job"):
            JobTable().find(spec)


def test_a_stopped_job_is_current_before_running_ones(table: JobTable) -> None:
    table.find("%1").line.stopped("")
    assert table.find("%+").number == 1
    assert [table.mark(entry) for entry in table] == ["+", " ", "-"]
    assert table.describe(table.find("%1")) == "[1]+ stopped     make all"


def test_numbers_go_on_above_the_highest(table: JobTable) -> None:
    table.remove(table.find("%1"))
    assert [entry.number for entry in table] == [2, 3]
    line = table.find("%2").line
    assert table.add(line).number == 2
    assert table.find("%+").line is line

"""What tests of the history share: entering lines, and what is found of them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from xsh.repl.history.entry import Query
from xsh.repl.history.history import History


def enter(history: History, text: str, *, cwd: str = "/", status: int = 0, session: str = "s") -> int:
    number = history.begin(text, cwd, "host", session)
    history.end(number, status, 0.5)
    return number


def texts(history: History, query: Query | None = None) -> list[str]:
    return [entry.text for entry in history.search(query or Query())]


def rows(path: Path, columns: str = "text") -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(f"SELECT {columns} FROM lines ORDER BY id").fetchall()
    connection.close()
    return found

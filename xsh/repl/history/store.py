"""The history in an SQLite file that many sessions write at once (WAL mode, https://sqlite.org/wal.html)."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from xsh.repl.history.entry import Entry, Query, StoreError, occurs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

T = TypeVar("T")

VERSION = 1
"""`PRAGMA user_version` of the tables as they are made here."""
PATIENCE = 60.0
"""Seconds a writer waits for other sessions, all tries together."""
WAIT = 2.0
"""Seconds SQLite itself waits for a lock in one try."""
COLUMNS = "id, text, cwd, start, duration, exit_status, session, host, paths"
LINES_TABLE = """
    CREATE TABLE IF NOT EXISTS lines (
        id INTEGER PRIMARY KEY, text TEXT NOT NULL, cwd TEXT NOT NULL, start REAL NOT NULL, duration REAL,
        exit_status INTEGER, session TEXT NOT NULL, host TEXT NOT NULL, paths TEXT NOT NULL DEFAULT '[]'
    )
"""
TABLES = (
    LINES_TABLE,
    "CREATE INDEX IF NOT EXISTS lines_text ON lines (text)",
    "CREATE INDEX IF NOT EXISTS lines_cwd ON lines (cwd)",
    f"PRAGMA user_version = {VERSION}",
)
LAST_CHARACTER = "\U0010ffff"


class SqliteStore:
    """The lines in a file that `file.prepare` has made; any thread may ask. Raises StoreError."""

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self.patience = patience
        self.closing = False
        self._address = f"file:{quote(str(path))}?mode=rw"
        self._writer = self._connect()
        self._reader: sqlite3.Connection | None = None
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        try:
            self._make_tables()
        except BaseException:
            self._writer.close()
            raise

    def add(self, entry: Entry) -> int:
        """Keep a line, whatever its `id` says; the number it has from now on."""
        values = (*_text_values(entry), entry.start, entry.duration, entry.exit_status, json.dumps(entry.paths))
        statement = (
            "INSERT INTO lines (text, cwd, session, host, start, duration, exit_status, paths) VALUES (?,?,?,?,?,?,?,?)"
        )
        return int(self._write(statement, values).lastrowid or 0)

    def finish(self, number: int, exit_status: int, duration: float) -> None:
        """Say how a line has ended."""
        self._write("UPDATE lines SET exit_status = ?, duration = ? WHERE id = ?", (exit_status, duration, number))

    def delete(self, numbers: Sequence[int]) -> int:
        """Forget lines, on the disk too; how many there were."""
        found = sum(self._write("DELETE FROM lines WHERE id = ?", (number,)).rowcount for number in numbers)
        # what was deleted still stands in the log until it is written back
        self._write("PRAGMA wal_checkpoint(TRUNCATE)", ())
        return found

    def search(self, query: Query, limit: int, *, unique: bool = True) -> list[Entry]:
        """The newest lines asked for, newest first; with `unique` each text once."""
        where, values = _condition(query)
        columns, grouped = (COLUMNS.replace("id", "max(id)", 1), "GROUP BY text") if unique else (COLUMNS, "")
        statement = f"SELECT {columns} FROM lines WHERE {where} {grouped} ORDER BY 1 DESC LIMIT ?"  # noqa: S608  fixed texts
        return [_entry(row) for row in self._read(statement, [*values, limit])]

    def directories(self) -> list[tuple[str, int, float]]:
        """Every directory lines were entered in: its path, how many, and when the last one was (seconds since the epoch)."""
        return self._read("SELECT cwd, count(*), max(start) FROM lines GROUP BY cwd", [])

    def close(self) -> None:
        """Close the file."""
        self.closing = True
        with self._writing:
            self._writer.close()
        with self._reading:
            if self._reader is not None:
                self._reader.close()

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self._address, uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error
        connection.text_factory = _decoded
        connection.create_function("occurs", 2, occurs, deterministic=True)
        return connection

    def _make_tables(self) -> None:
        version = self._patiently(lambda: self._writer.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise StoreError(f"it was written by a newer xsh (version {version} of its tables)")
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA secure_delete = ON"):
            self._write(statement, ())
        if version < VERSION:
            for statement in TABLES:
                self._write(statement, ())

    def _write(self, statement: str, values: Sequence[Any]) -> sqlite3.Cursor:
        with self._writing:
            return self._patiently(lambda: self._writer.execute(statement, values))

    def _read(self, statement: str, values: list[Any]) -> list[Any]:
        with self._reading:
            if self.closing:
                raise StoreError("it is closed")
            if self._reader is None:
                self._reader = self._connect()
            reader = self._reader
            return self._patiently(lambda: reader.execute(statement, values).fetchall())

    def _patiently(self, work: Callable[[], T]) -> T:
        """Do it again while another session holds a lock; SQLite's own waiting does not cover the change to WAL."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                busy = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
                if not busy or self.closing or time.monotonic() > deadline:
                    raise StoreError(str(error)) from error
            except sqlite3.Error as error:
                raise StoreError(str(error)) from error
            time.sleep(random.uniform(0.001, 0.02))  # noqa: S311  so that sessions do not try in step


def _text_values(entry: Entry) -> tuple[str, ...]:
    return tuple(_encoded(text) for text in (entry.text, entry.cwd, entry.session, entry.host))


def _encoded(text: str) -> str:
    """The text as SQLite can keep it: undecodable bytes as the private characters U+F780 to U+F7FF (as MirBSD's OPTU)."""
    if text.isascii():
        return text
    kept = "".join(chr(ord(char) + 0x1B00) if "\udc80" <= char <= "\udcff" else char for char in text)
    return kept.encode("utf-8", "replace").decode()


def _decoded(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    if text.isascii():
        return text
    return "".join(chr(ord(char) - 0x1B00) if "\uf780" <= char <= "\uf7ff" else char for char in text)


def _entry(row: tuple[Any, ...]) -> Entry:
    number, text, cwd, start, duration, exit_status, session, host, paths = row
    return Entry(
        id=number, text=text, cwd=cwd, start=start, duration=duration, exit_status=exit_status,
        session=session, host=host, paths=tuple(json.loads(paths)),
    )  # fmt: skip


def _condition(query: Query) -> tuple[str, list[Any]]:
    """The SQL for a query and its values."""
    parts: list[tuple[str, Sequence[Any]]] = [("occurs(?, text)", [_encoded(word)]) for word in query.words]
    if query.prefix:
        # a range, so that the index on text serves it
        start = _encoded(query.prefix)
        parts.append(("text >= ? AND text < ?", [start, start + LAST_CHARACTER]))
    if query.cwd is not None:
        parts.append(("cwd = ?", [_encoded(query.cwd)]))
    if query.session is not None:
        parts.append(("session = ?", [query.session]))
    if query.not_session is not None:
        parts.append(("session != ?", [query.not_session]))
    if query.failed:
        parts.append(("exit_status NOT IN (0, 130)", []))
    if query.since is not None:
        parts.append(("start >= ?", [query.since]))
    where = " AND ".join(text for text, _ in parts) or "1"
    return where, [value for _, values in parts for value in values]

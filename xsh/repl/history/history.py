"""What was entered at the prompt: written before a line runs, by a thread that the prompt waits for only briefly."""

from __future__ import annotations

import fnmatch
import os
import queue
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from xsh.repl.history.entry import Entry, Query, StoreError, existing_paths, fits
from xsh.repl.history.file import default_path, prepare
from xsh.repl.history.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from xsh.repl.history.store import SqliteStore
    from xsh.watch.secrets import Secrets

T = TypeVar("T")

BEGIN_WAIT = 0.25
"""Seconds a line waits at most until it is written; after that it runs and is written when the file can be had."""
OPEN_WAIT = 5.0
"""Seconds a search waits at most for the file to be open."""
CLOSE_WAIT = 2.0
"""Seconds the end of the shell waits at most for what is not written yet."""
SUGGESTIONS = 50
"""How many lines with the same beginning are looked at for one that fits here."""


class History:
    """The lines of this session and all others; nothing here raises because a file or a disk is not as it should be.

    `path` is the file, the default one when None. `ignore` holds patterns (fnmatch, of the whole line) of lines that are
    not kept, `secrets` the values whose lines are not kept.
    """

    def __init__(self, path: Path | None = None, *, secrets: Secrets | None = None) -> None:
        self.path = path
        self.secrets = secrets
        self.ignore: Sequence[str] = ()
        self.own: list[str] = []
        """The lines of this session, oldest first."""
        self._notice: str | None = None
        self._store: SqliteStore | MemoryStore = MemoryStore()
        self._work: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._opened = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        """Held while the thread is begun or taken to be ended: a prompt that is left at once does both from two threads."""
        self._numbers: dict[int, tuple[str, int]] = {}
        self._last = 0
        self._closed = False

    # -- writing -------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Let the file be opened, in the background; done by the first line or search that needs it."""
        with self._starting:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._serve, name="xsh-history", daemon=True)
                self._thread.start()

    def begin(self, text: str, cwd: str, host: str, session: str) -> int:
        """Write a line down before it runs; the number to give to `end`, 0 when it is one that is not kept."""
        text = text.rstrip("\n")
        if self._closed or not self.keeps(text):
            return 0
        self.open()
        self.own.append(text)
        self._last += 1
        ticket = self._last
        written = threading.Event()
        start = time.time()

        def write() -> None:
            paths = existing_paths(text, cwd)
            entry = Entry(id=0, text=text, cwd=cwd, start=start, session=session, host=host, paths=paths)
            self._numbers[ticket] = (text, self._attempt(lambda store: store.add(entry)))
            written.set()

        self._work.put(write)
        written.wait(BEGIN_WAIT)
        return ticket

    def end(self, number: int, exit_status: int, duration: float) -> None:
        """Write down how a line ended, in the background: `exit_status` 0 to 255, `duration` in seconds."""

        def write() -> None:
            text, row = self._numbers.pop(number, ("", 0))
            if row and self.holds_secret(text):
                # the line itself made known what is secret
                self._attempt(lambda store: store.delete([row]))
                self.own[:] = [own for own in self.own if own != text]
            elif row:
                self._attempt(lambda store: store.finish(row, exit_status, duration))

        if number:
            self._work.put(write)

    def keeps(self, text: str) -> bool:
        """Whether the line is one to keep: not blank, no blank in front, not ignored, without a secret."""
        if not text.strip() or text[0] in " \t":
            return False
        return not any(fnmatch.fnmatchcase(text, pattern) for pattern in self.ignore) and not self.holds_secret(text)

    def holds_secret(self, text: str) -> bool:
        """Whether a registered secret stands in the line."""
        return self.secrets is not None and any(value in text for value in self.secrets.values)

    def delete(self, entries: Sequence[Entry]) -> int:
        """Forget lines; how many there were."""
        texts = {entry.text for entry in entries}
        self.own[:] = [own for own in self.own if own not in texts]
        numbers = [entry.id for entry in entries]
        found: list[int] = []
        done = threading.Event()

        def work() -> None:
            found.append(self._attempt(lambda store: store.delete(numbers)))
            done.set()

        self.open()
        self._work.put(work)
        done.wait(OPEN_WAIT)
        return sum(found)

    # -- reading: each may wait for the disk, so the prompt calls them from another thread ---------------------------

    def search(self, query: Query, limit: int = 1000, *, unique: bool = True) -> list[Entry]:
        """The newest lines asked for, newest first; with `unique` each text once."""
        return self._ask(lambda store: store.search(query, limit, unique=unique), [])

    def recent(self, session: str, prefix: str = "", limit: int = 2000) -> list[str]:
        """What ↑ walks through, each text once: this session's lines with that beginning, newest first, then the others'."""
        texts = [text for text in reversed(self.own) if text.startswith(prefix)]
        texts += [entry.text for entry in self.search(Query(prefix=prefix, not_session=session), limit)]
        return list(dict.fromkeys(texts))

    def suggestion(self, text: str, cwd: str) -> str | None:
        """The line to suggest after `text`, whose files all exist seen from `cwd`: the newest entered there, else anywhere."""
        if not text.strip():
            return None
        for query in (Query(prefix=text, cwd=cwd), Query(prefix=text)):
            for entry in self.search(query, SUGGESTIONS):
                if entry.text != text and fits(entry, cwd) and not self.holds_secret(entry.text):
                    return entry.text
        return None

    def directories(self) -> list[tuple[str, int, float]]:
        """Every directory lines were entered in: its path, how many, and when the last one was (seconds since the epoch)."""
        return self._ask(lambda store: store.directories(), [])

    # -- the file ------------------------------------------------------------------------------------------------

    def take_notice(self) -> str | None:
        """What the user has to be told about the history, once."""
        notice, self._notice = self._notice, None
        return notice

    def wait_opened(self, timeout: float = OPEN_WAIT) -> bool:
        """Wait until it is known whether there is a file; whether it is."""
        self.open()
        return self._opened.wait(timeout)

    def close(self) -> None:
        """Write what is not written yet, for two seconds at most, and close the file."""
        with self._starting:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._work.put(None)
            thread.join(CLOSE_WAIT)
            self._store.closing = True

    def _serve(self) -> None:
        try:
            self._open_file()
        finally:
            self._opened.set()
        while (work := self._work.get()) is not None:
            work()
        self._store.close()

    def _open_file(self) -> None:
        try:
            from xsh.repl.history.store import SqliteStore

            path = self.path if self.path is not None else default_path()
            prepare(path)
            self._store = SqliteStore(path)
        except (OSError, StoreError) as error:
            self._give_up(error)

    def _attempt(self, act: Callable[[SqliteStore | MemoryStore], int | None]) -> int:
        try:
            return act(self._store) or 0
        except (OSError, StoreError) as error:
            self._give_up(error)
            return act(self._store) or 0

    def _give_up(self, error: Exception) -> None:
        """From now on in memory, and the user is told why, once."""
        self._store.close()
        self._store = MemoryStore()
        self._numbers.clear()
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        where = f" {self.path}" if self.path is not None else ""
        self._notice = f"the history{where} is kept in memory only: {reason}"

    def _ask(self, ask: Callable[[SqliteStore | MemoryStore], T], otherwise: T) -> T:
        self.wait_opened()
        try:
            return ask(self._store)
        except (OSError, StoreError):
            # a file that cannot be read is told by the next line that is written to it
            return otherwise

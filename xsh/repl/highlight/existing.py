"""Which paths exist, asked in a thread while a line is typed: a dead mount may not stop the keys."""

from __future__ import annotations

import os
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 500
"""Answers kept; more are not needed for the lines of one prompt."""


class Existing:
    """Tells whether paths exist, or pass another test: False until a thread knows better, which then calls `changed`."""

    def __init__(self, changed: Callable[[], None], test: Callable[[str], bool] = os.path.exists) -> None:
        self.changed = changed
        self.test = test
        self._answers: dict[str, bool] = {}
        self._asked: list[str] = []
        self._lock = threading.Lock()
        self._works = False

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, str) or "\0" in path:
            return False
        full = os.path.join(_here(), os.path.expanduser(path))
        answer = self._answers.get(full)
        if answer is None:
            self._ask(full)
        return bool(answer)

    def forget(self) -> None:
        """Ask anew from now on: files may have come and gone."""
        with self._lock:
            self._answers = {}

    def _ask(self, path: str) -> None:
        with self._lock:
            if path not in self._asked and len(self._asked) < MOST:
                self._asked.append(path)
            if self._works or not self._asked:
                return
            self._works = True
        threading.Thread(target=self._work, name="xsh-existing", daemon=True).start()

    def _work(self) -> None:
        found = False
        while True:
            with self._lock:
                if not self._asked:
                    self._works = False
                    break
                path = self._asked[-1]
                answers = self._answers
            exists = self.test(path)
            with self._lock:
                self._asked.remove(path)
                if len(answers) < MOST:
                    answers[path] = exists
            found = found or exists
        if found:
            self.changed()


def _here() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return "/"

"""What a user sets by assigning names, in the rc file or at the prompt: `editing_mode`, `history_ignore`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.enums import EditingMode

if TYPE_CHECKING:
    from typing import Any

    from prompt_toolkit.application import Application

    from xsh.repl.shell import Shell

MODES = {"emacs": EditingMode.EMACS, "vi": EditingMode.VI}
ESCAPE_WAIT = 0.1
"""Seconds until an Escape that nothing follows is a key of its own."""
SEQUENCE_WAIT = {EditingMode.EMACS: 1.0, EditingMode.VI: 0.1}
"""Seconds until the first key of a sequence such as Ctrl-X Ctrl-E counts alone; in vi Escape is one."""


class Settings:
    """Takes over what the user has set; what makes no sense is told once and changes nothing."""

    def __init__(self, shell: Shell, app: Application[Any]) -> None:
        self.shell = shell
        self.app = app
        self._told: set[str] = set()

    def apply(self) -> None:
        """Look at the names anew, before a prompt is shown."""
        self.app.ttimeoutlen = ESCAPE_WAIT
        names = self.shell.names
        mode = names.get("editing_mode")
        if mode is not None and not (isinstance(mode, str) and mode in MODES):
            self._tell("editing_mode", 'is "emacs" or "vi"')
        elif mode is not None:
            self.app.editing_mode = MODES[mode]
        self.app.timeoutlen = SEQUENCE_WAIT[self.app.editing_mode]
        patterns: Any = names.get("history_ignore", ())
        if type(patterns) in (list, tuple) and all(type(pattern) is str for pattern in patterns):
            self.shell.history.ignore = tuple(patterns)
        else:
            self._tell("history_ignore", "is a list of patterns such as 'git stash*'")

    def _tell(self, name: str, what: str) -> None:
        if name not in self._told:
            self._told.add(name)
            self.shell.say(f"{name} {what}")

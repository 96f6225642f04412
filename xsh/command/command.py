"""One program to run, or one piece of shell text: frozen."""

from __future__ import annotations

from xsh.command.options import PLAIN
from xsh.command.pipeline import Stage
from xsh.words.display import display
from xsh.words.rendered import Argv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.command.options import Options
    from xsh.command.pipeline import Runner
    from xsh.errors import Location
    from xsh.words.rendered import ShellText


class Command(Stage):
    """What to run, said but not started: await it, iterate it, connect it with `|`.

    Example::

        log = $`git log --oneline`.cwd("build").timeout("10s")
        for line in await log.lines():
            print(line)
    """

    __module__ = "xsh"
    __slots__ = ("_display", "rendered")

    if TYPE_CHECKING:
        rendered: Argv | ShellText
        _display: str | None

    def __init__(
        self,
        rendered: Argv | ShellText,
        runner: Runner | None,
        options: Options = PLAIN,
        location: Location | None = None,
        shown: str | None = None,
    ) -> None:
        fill = object.__setattr__
        fill(self, "runner", runner)
        fill(self, "options", options)
        fill(self, "location", location)
        fill(self, "rendered", rendered)
        fill(self, "_display", shown)

    @property
    def display(self) -> str:
        """The command quoted for reading, values in place."""
        shown = self._display
        if shown is None:
            shown = display(self.rendered)
            object.__setattr__(self, "_display", shown)
        return shown

    @property
    def argv(self) -> tuple[str, ...] | None:
        """The words that are executed, None when a shell runs the text."""
        return self.rendered.words if isinstance(self.rendered, Argv) else None

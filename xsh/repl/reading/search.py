"""Ctrl-R: the whole history on the whole screen, searched while words are typed, with filters; Enter takes a line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prompt_toolkit.application import Application, in_terminal
from prompt_toolkit.application.current import set_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import BufferControl, Dimension, FormattedTextControl, HSplit, Layout, VSplit, Window

from xsh.repl.aside import aside
from xsh.repl.history.entry import Query
from xsh.repl.history.suggesting import current_directory
from xsh.repl.prompt.marks import shortened
from xsh.words.duration import format_duration
from xsh.words.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.key_binding import KeyPressEvent

    from xsh.repl.history.entry import Entry
    from xsh.repl.shell import Shell

MOST = 500
"""Lines that are looked up at most."""
PREVIEW = 8
"""Rows at most for the chosen line as a whole."""
HEADER = 2
DIM = "fg:ansibrightblack"


class Search:
    """The state of one search: what is asked for, what was found, which line is chosen."""

    def __init__(self, shell: Shell, line: Buffer) -> None:
        text = line.text.strip() if "\n" not in line.text else ""
        self.shell = shell
        self.line = line
        self.here = self.session = self.failed = False
        self.found: list[Entry] = []
        self.chosen = 0
        self.ready = False
        self.shown = self.left = self.taking = False
        self._asked = self._answered = 0
        self._cwd = current_directory()
        self.input = Buffer(document=Document(text, len(text)), multiline=False, on_text_changed=lambda _: self.ask())
        self.app: Application[str | None] = Application(
            layout=self._layout(), key_bindings=self._keys(), full_screen=True, mouse_support=False
        )
        self.app.ttimeoutlen = 0.05

    @property
    def query(self) -> Query:
        """What is asked for now."""
        return Query(
            text=self.input.text,
            cwd=self._cwd if self.here else None,
            session=self.shell.session_id if self.session else None,
            failed=self.failed,
        )

    @property
    def entry(self) -> Entry | None:
        """The chosen line."""
        return self.found[self.chosen] if self.found else None

    def ask(self) -> None:
        """Look anew for what is asked for; a look that is under way is followed by one more."""
        self._asked += 1
        if self._asked == self._answered + 1:
            self.app.create_background_task(self._look())

    async def _look(self) -> None:
        while self._answered < self._asked:
            asked = self._asked
            self.found = await aside(self.shell.history.search, self.query, MOST)
            self.chosen, self._answered, self.ready = 0, asked, True
            self.app.invalidate()
        if self.taking and not self.app.is_done:
            self._take_chosen()

    async def run(self) -> None:
        """Let the user choose a line of the history, which becomes the text; it is not run yet."""
        shell = self.shell
        leave, interrupt = shell.at_leave, shell.at_interrupt

        def leave_both() -> None:
            self.leave()
            leave()

        def leave_search() -> bool:
            self.leave()
            return True

        shell.at_leave, shell.at_interrupt = leave_both, leave_search
        try:
            async with in_terminal():
                taken = await self.app.run_async(pre_run=self._begin, handle_sigint=False, set_exception_handler=False)
        finally:
            shell.at_leave, shell.at_interrupt = leave, interrupt
        if taken is not None:
            self.line.document = Document(taken, len(taken))

    def _begin(self) -> None:
        self.shown = True
        self.ask()
        if self.left:
            self.leave()

    def hear(self, event: KeyPressEvent) -> None:
        """Take a key that the line was given: one typed before the search was there, or what the line's time-out made of Escape."""
        if self.shown and not self.app.is_done:
            with set_app(self.app):
                self.app.key_processor.feed_multiple(event.key_sequence)
                self.app.key_processor.process_keys()
        else:
            store_typeahead(event.app.input, event.key_sequence)

    def leave(self) -> None:
        """End the search without a line, also when it is only about to be shown."""
        self.left = True
        if self.app.is_running and not self.app.is_done:
            self.app.exit(result=None)

    def move(self, by: int) -> None:
        """Choose a line further down (older) or up."""
        self.chosen = max(0, min(self.chosen + by, len(self.found) - 1))

    def flip(self, name: str) -> None:
        """Turn a filter on or off: "here", "session" or "failed"."""
        setattr(self, name, not getattr(self, name))
        self.ask()

    # -- the screen ----------------------------------------------------------------------------------------------

    def _layout(self) -> Layout:
        field = Window(BufferControl(buffer=self.input), height=1)
        label = Window(FormattedTextControl([("bold", "history: ")]), width=9, height=1)
        return Layout(
            HSplit(
                [
                    VSplit([label, field]),
                    Window(FormattedTextControl(self.header), height=1),
                    Window(FormattedTextControl(self.rows)),
                    Window(FormattedTextControl(self.preview), height=lambda: Dimension.exact(self._preview_rows())),
                ]
            ),
            focused_element=field,
        )

    def header(self) -> StyleAndTextTuples:
        """The filters with their keys, the active ones marked, and how many lines were found."""
        parts: StyleAndTextTuples = []
        for key, name, on in (
            ("Alt-D", "directory", self.here),
            ("Alt-S", "session", self.session),
            ("Alt-F", "failures", self.failed),
        ):
            parts += [("bold reverse" if on else DIM, f"{key} {name}{' ✓' if on else ''}"), ("", "  ")]
        count = f"{len(self.found)}{'+' if len(self.found) == MOST else ''} found" if self.ready else "…"
        return [*parts, (DIM, f"{count}  Enter takes  Esc leaves")]

    def rows(self) -> StyleAndTextTuples:
        """The lines that fit on the screen around the chosen one, one row each."""
        size = self.app.output.get_size()
        room = max(size.rows - HEADER - self._preview_rows(), 1)
        first = max(0, min(self.chosen - room // 2, len(self.found) - room))
        parts: StyleAndTextTuples = []
        now = time.time()
        for number in range(first, min(first + room, len(self.found))):
            entry = self.found[number]
            text, _, more = printable(entry.text).replace("\t", " ").partition("\n")
            style = "reverse" if number == self.chosen else ""
            mark = "✗" if entry.failed else " "
            parts.append((style or DIM, f"{age(now - entry.start):>4} "))
            parts.append((f"{style} fg:ansired", mark))
            parts.append((style, f" {text}{' …' if more else ''}\n"))
        return parts

    def preview(self) -> StyleAndTextTuples:
        """The chosen line as a whole, and where, when and how it ran."""
        entry = self.entry
        if entry is None:
            return [(DIM, "nothing found" if self.ready else "")]
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.start))
        facts = [when, printable(shortened(entry.cwd))]
        if entry.duration is not None:
            facts.append(format_duration(entry.duration))
        if entry.exit_status:
            facts.append(f"exit {entry.exit_status}")
        lines = printable(entry.text).split("\n")
        shown = lines if len(lines) < PREVIEW else [*lines[: PREVIEW - 2], f"… {len(lines) - PREVIEW + 2} lines more"]
        return [(DIM, "  ".join(facts) + "\n"), ("", "\n".join(shown))]

    def _preview_rows(self) -> int:
        room = max(self.app.output.get_size().rows // 3, 1) if hasattr(self, "app") else 1
        lines = self.entry.text.count("\n") + 1 if self.entry is not None else 1
        return min(lines + 1, PREVIEW, room)

    # -- the keys ------------------------------------------------------------------------------------------------

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        moves = (("up", -1), ("c-p", -1), ("down", 1), ("c-n", 1), ("c-r", 1), ("pageup", -10), ("pagedown", 10))
        for key, by in moves:
            keys.add(key)(self._mover(by))
        for letter, name in (("d", "here"), ("s", "session"), ("f", "failed")):
            keys.add("escape", letter)(self._flipper(name))
        keys.add("enter")(self._take)
        # Escape and what comes within its time-out are looked at in one go, the search being over in between
        taking = Condition(lambda: self.taking or self.left)
        keys.add(Keys.Any, filter=taking, eager=True)(self._keep)
        for key in ("escape", "c-c", "c-g", "c-d"):
            keys.add(key, eager=taking)(self._leave)
        return keys

    def _mover(self, by: int) -> Callable[[KeyPressEvent], None]:
        def move(_event: KeyPressEvent) -> None:
            self.move(by)

        return move

    def _flipper(self, name: str) -> Callable[[KeyPressEvent], None]:
        def flip(_event: KeyPressEvent) -> None:
            self.flip(name)

        return flip

    def _leave(self, _event: KeyPressEvent) -> None:
        self.leave()

    def _take(self, _event: KeyPressEvent) -> None:
        if self._answered == self._asked:
            self._take_chosen()
        else:
            # typed before what it is about was found
            self.taking = True

    def _take_chosen(self) -> None:
        self.app.exit(result=None if self.entry is None else self.entry.text)

    def _keep(self, event: KeyPressEvent) -> None:
        """A key after Enter or Escape is for the line."""
        if event.key_sequence[0].key != Keys.CPRResponse:
            store_typeahead(event.app.input, event.key_sequence)


def age(seconds: float) -> str:
    """How long ago, in four characters at most: 5s, 59m, 23h, 99d, 12y."""
    for unit, size, most in (("s", 1, 60), ("m", 60, 60), ("h", 3600, 24), ("d", 86400, 1000)):
        count = max(int(seconds // size), 0)
        if count < most:
            return f"{count}{unit}"
    return f"{int(seconds // 31557600)}y"

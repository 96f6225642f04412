"""What keys do at the prompt; every key is listed in docs/prompt.md, "Keys"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.application.current import get_app
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import (
    Condition,
    emacs_mode,
    has_focus,
    is_searching,
    vi_insert_mode,
    vi_navigation_mode,
    vi_waiting_for_text_object_mode,
)
from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.validation import ValidationError

from xsh.repl.history.prompt_history import PromptHistory
from xsh.repl.history.suggesting import next_word
from xsh.repl.reading.editing import expansion, finished, indentation, place_of, without_markers
from xsh.repl.reading.editor import edit_elsewhere
from xsh.repl.reading.search import Search

if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.key_binding import KeyPressEvent

    from xsh.repl.highlight.deciding import Deciding
    from xsh.repl.shell import Shell

on_line = has_focus(DEFAULT_BUFFER) & ~is_searching
inserting = on_line & (emacs_mode | vi_insert_mode)


@Condition
def menu_is_used() -> bool:
    """Whether an item of the menu of completions is chosen."""
    state = get_app().current_buffer.complete_state
    return state is not None and state.current_completion is not None


@Condition
def suggested() -> bool:
    """Whether a suggestion stands behind the cursor."""
    buffer = get_app().current_buffer
    return bool(buffer.suggestion and buffer.suggestion.text and buffer.document.is_cursor_at_the_end)


@Condition
def before_text() -> bool:
    """Whether nothing but blanks stands left of the cursor in its line."""
    document = get_app().current_buffer.document
    return not document.current_line_before_cursor.strip()


@Condition
def in_indentation() -> bool:
    """Whether there are only blanks left of the cursor, and some."""
    before = get_app().current_buffer.document.current_line_before_cursor
    return bool(before) and not before.strip(" ")


def make_bindings(shell: Shell, deciding: Deciding) -> KeyBindings:
    """The keys of the prompt beside prompt-toolkit's own of emacs and vi."""
    keys, line = KeyBindings(), LineKeys(shell, deciding)
    keys.add("enter", filter=inserting & menu_is_used)(take_completion)
    keys.add("enter", filter=on_line & ~menu_is_used)(line.enter)
    keys.add("escape", "enter", filter=on_line)(line.flip)
    keys.add("c-o", filter=inserting)(new_line)
    keys.add(" ", filter=inserting)(line.space)
    keys.add("c-x", " ", filter=inserting)(space_alone)
    keys.add(Keys.BracketedPaste, filter=on_line)(paste)
    keys.add("up", filter=on_line)(up)
    keys.add("down", filter=on_line)(down)
    keys.add("c-p", filter=inserting)(up)
    keys.add("c-n", filter=inserting)(down)
    commanding = on_line & vi_navigation_mode & ~vi_waiting_for_text_object_mode
    keys.add("k", filter=commanding)(up)
    keys.add("j", filter=commanding)(down)
    keys.add("c-r", filter=on_line)(line.search)
    keys.add(Keys.Any, filter=Condition(lambda: line.searching is not None), eager=True)(line.pass_on)
    keys.add("right", filter=inserting & suggested)(take_suggestion)
    keys.add("c-e", filter=inserting & suggested)(take_suggestion)
    keys.add("end", filter=inserting & suggested)(take_suggestion)
    for word_key in (("escape", "right"), ("escape", "f"), ("c-right",)):
        keys.add(*word_key, filter=on_line & suggested & (emacs_mode | vi_insert_mode))(take_word)
    keys.add("backspace", filter=inserting & in_indentation)(unindent)
    keys.add("tab", filter=inserting & before_text & Condition(line.continues))(indent)
    keys.add("c-l", filter=on_line)(clear)
    keys.add("c-z", filter=on_line)(nothing)
    keys.add("c-x", "c-e", filter=on_line)(line.edit)
    keys.add("escape", "e", filter=on_line & emacs_mode)(line.edit)
    return keys


class LineKeys:
    """The keys that need to know what a line is, or the shell."""

    def __init__(self, shell: Shell, deciding: Deciding) -> None:
        self.shell = shell
        self.deciding = deciding
        self.searching: Search | None = None
        """The search that was asked for; the line has no keys until it is over."""
        self._refused = ""

    def enter(self, event: KeyPressEvent) -> None:
        """Run the text, or go on in a new line while it is not complete; at a syntax error the cursor goes there first."""
        buffer = event.current_buffer
        self._expand(buffer)
        if "\n" in buffer.document.text_after_cursor:
            new_line(event)
            return
        text = finished(buffer.text)
        verdict = self.deciding.entered(text)
        if verdict.kind == "incomplete":
            if verdict.mode == "python":
                new_line(event)
            else:
                buffer.cursor_position = len(buffer.text)
                buffer.insert_text("\n")
            return
        error = verdict.error
        # an error with a hint is about another way to write the line, not about a place in it
        python = verdict.mode == "python" and not verdict.hint
        whole = not verdict.rest and (python or "\n" in text.rstrip())
        # keys that were typed ahead belong to the next line and must not land in this one
        if isinstance(error, SyntaxError) and whole and self._refused != text and not event.key_processor.input_queue:
            self._refused = text
            refuse(buffer, error)
            return
        self._refused = ""
        if "\n" in text:
            buffer.text = text.rstrip()
        buffer.cursor_position = len(buffer.text)
        buffer.validate_and_handle()

    def flip(self, event: KeyPressEvent) -> None:
        """Take the line the other way: as Python, or as a command line."""
        self.deciding.flip()
        event.app.invalidate()

    def space(self, event: KeyPressEvent) -> None:
        """A blank, with an abbreviation in front of it written out."""
        self._expand(event.current_buffer)
        event.current_buffer.insert_text(" ")

    def edit(self, event: KeyPressEvent) -> None:
        """Open the text in `$VISUAL` or `$EDITOR`."""
        event.app.create_background_task(edit_elsewhere(self.shell, event.current_buffer))

    def search(self, event: KeyPressEvent) -> None:
        """Search the history on the whole screen."""
        search = self.searching = Search(self.shell, event.current_buffer)
        task = event.app.create_background_task(search.run())

        def over(_task: object) -> None:
            self.searching = None
            if not event.app.is_done:
                # what the search has not taken was typed for the line
                event.key_processor.feed_multiple(get_typeahead(event.app.input))
                event.key_processor.process_keys()

        task.add_done_callback(over)

    def pass_on(self, event: KeyPressEvent) -> None:
        """A key that reaches the line while a search opens, or is open, is the search's."""
        if event.key_sequence[0].key == Keys.CPRResponse:
            # where the cursor is, is for the one who asked
            event.app.renderer.report_absolute_cursor_row(int(event.data[2:].partition(";")[0]))
        elif self.searching is not None:
            self.searching.hear(event)

    def continues(self) -> bool:
        """Whether the cursor is in the second or a later line of a Python text."""
        document = get_app().current_buffer.document
        return document.cursor_position_row > 0 and self.deciding.verdict(document.text).mode == "python"

    def _expand(self, buffer: Buffer) -> None:
        if not self.shell.abbreviations:
            return
        found = expansion(buffer.document.text_before_cursor, self.shell.abbreviations, self.shell.bound())
        if found is not None:
            buffer.delete_before_cursor(len(found[0]))
            buffer.insert_text(found[1])


def refuse(buffer: Buffer, error: SyntaxError) -> None:
    """Put the cursor on a syntax error and show its message below the text; Enter again runs it all the same."""
    place = place_of(error, buffer.text)
    buffer.cursor_position = place
    buffer.validation_error = ValidationError(place, f"{type(error).__name__}: {error.msg}")


def take_completion(event: KeyPressEvent) -> None:
    """Take the chosen completion and close the menu; nothing is run."""
    event.current_buffer.complete_state = None


def new_line(event: KeyPressEvent) -> None:
    """Begin a new line, indented as Python wants it."""
    buffer = event.current_buffer
    buffer.insert_text("\n" + indentation(buffer.document.text_before_cursor))


def space_alone(event: KeyPressEvent) -> None:
    """A blank and nothing else."""
    event.current_buffer.insert_text(" ")


def paste(event: KeyPressEvent) -> None:
    """Put what the terminal pastes into the text, without markers of the session it comes from; nothing is run."""
    event.current_buffer.insert_text(without_markers(event.data))


def up(event: KeyPressEvent) -> None:
    """The line above; in the first one, the last line of the history that begins like what is typed."""
    buffer = event.current_buffer
    for _ in range(event.arg):
        if buffer.complete_state is not None:
            buffer.complete_previous()
        elif buffer.document.cursor_position_row > 0:
            buffer.cursor_up()
        elif isinstance(buffer.history, PromptHistory):
            buffer.history.older(buffer)


def down(event: KeyPressEvent) -> None:
    """The line below; in the last one, the next line of the history that begins like what was typed."""
    buffer = event.current_buffer
    for _ in range(event.arg):
        if buffer.complete_state is not None:
            buffer.complete_next()
        elif buffer.document.cursor_position_row < buffer.document.line_count - 1:
            buffer.cursor_down()
        elif isinstance(buffer.history, PromptHistory):
            buffer.history.newer(buffer)


def take_suggestion(event: KeyPressEvent) -> None:
    """Take the whole suggestion."""
    buffer = event.current_buffer
    if buffer.suggestion is not None:
        buffer.insert_text(buffer.suggestion.text)


def take_word(event: KeyPressEvent) -> None:
    """Take the suggestion's next word."""
    buffer = event.current_buffer
    if buffer.suggestion is not None:
        buffer.insert_text(next_word(buffer.suggestion.text))


def indent(event: KeyPressEvent) -> None:
    """Indent to the next multiple of four columns."""
    column = event.current_buffer.document.cursor_position_col
    event.current_buffer.insert_text(" " * (4 - column % 4))


def unindent(event: KeyPressEvent) -> None:
    """Go back to the last multiple of four columns."""
    column = event.current_buffer.document.cursor_position_col
    event.current_buffer.delete_before_cursor((column - 1) % 4 + 1)


def nothing(_event: KeyPressEvent) -> None:
    """Ctrl-Z for a program that has just ended must not stand in the line as a character."""


def clear(event: KeyPressEvent) -> None:
    """Clear the screen; the line stays."""
    event.app.renderer.clear()

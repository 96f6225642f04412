"""The prompt draws few rows, and as many as a menu wants while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.repl.terminal import Terminal

NAMES = 12


def test_a_menu_takes_more_rows_than_the_prompt_and_leaves_none_of_them(prompt: Terminal) -> None:
    for number in range(NAMES):
        (prompt.home.parent / f"a-file-{number:02}").touch()
    prompt.type("cat a-fi")
    prompt.wait_typed("cat a-fi")
    prompt.key("tab")
    prompt.wait_until(lambda: shown(prompt) >= NAMES, "all names in the menu")
    prompt.key("c-c")
    prompt.wait_until(lambda: shown(prompt) == 0, "no menu")
    assert prompt.output_of("echo still here") == "still here"


def shown(prompt: Terminal) -> int:
    """How many of the names are on the screen in lines of their own."""
    return sum(line.strip().startswith("a-file-") for line in prompt.text.split("\n"))

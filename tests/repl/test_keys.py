"""Keys at the prompt, pressed in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.repl.terminal import Terminal

EDITED = "sed -i s/one/two/"


def typed(terminal: Terminal) -> str:
    """What stands behind the last prompt, up to the cursor."""
    return terminal.before_cursor.split(" $ ")[-1].split(" > ")[-1]


def wait_typed(terminal: Terminal, text: str) -> None:
    terminal.wait_until(lambda: terminal.before_cursor.rstrip().endswith(text), f"{text!r} before the cursor")


# -- several lines -------------------------------------------------------------------------------------------------


def test_a_block_goes_on_indented_and_an_empty_line_ends_it(prompt: Terminal) -> None:
    prompt.type("for i in range(2):\r")
    prompt.wait_until(lambda: prompt.before_cursor.endswith("    "), "an indented line")
    prompt.type("print(i)\r")
    prompt.type("\r")
    screen = prompt.wait_prompt()
    assert "\n0\n1\n" in screen


def test_a_nested_block_is_indented_by_its_depth(prompt: Terminal) -> None:
    prompt.type("def f(x):\rif x:\rreturn 7\r\rf(1)\r")
    prompt.wait_for("\n7")


def test_backspace_goes_back_one_level(prompt: Terminal) -> None:
    prompt.type("if False:\rx = 1\r")
    prompt.key("backspace")
    prompt.type("else:\rprint('other')\r\r")
    prompt.wait_for("\nother")


def test_an_open_quote_of_a_command_goes_on(prompt: Terminal) -> None:
    prompt.type("echo 'a\r")
    prompt.wait_until(lambda: prompt.before_cursor.endswith("· "), "a second line")
    prompt.type("b'\r")
    prompt.wait_for("\na\nb\n")


def test_ctrl_o_begins_a_new_line_anywhere(prompt: Terminal) -> None:
    prompt.type("x = 1")
    prompt.key("c-o")
    prompt.type("x + 1\r")
    prompt.wait_for("\n2\n")


def test_enter_inside_a_text_of_several_lines_breaks_the_line(prompt: Terminal) -> None:
    prompt.paste("if True:\n    print('a')\n")
    wait_typed(prompt, "·")
    prompt.key("up")
    prompt.key("up")
    prompt.key("end")
    prompt.type("\rprint('first')")
    wait_typed(prompt, "print('first')")
    prompt.key("down")
    prompt.key("down")
    prompt.type("\r")
    prompt.wait_for("\nfirst\na\n")


# -- deciding ------------------------------------------------------------------------------------------------------


def test_the_glyph_says_what_the_line_is_and_alt_enter_flips_it(prompt: Terminal) -> None:
    prompt.type("id")
    prompt.wait_for("$ id")
    prompt.send("\x1b\r")
    prompt.wait_for("> id")
    prompt.key("enter")
    prompt.wait_for("built-in function id")
    prompt.wait_prompt()
    prompt.type("id")
    prompt.wait_for("$ id")
    prompt.key("enter")
    prompt.wait_for("uid=")


# -- pasting -------------------------------------------------------------------------------------------------------


def test_a_paste_lands_in_the_line_and_does_not_run(prompt: Terminal) -> None:
    prompt.paste("echo one\necho two\n")
    prompt.wait_for("echo two")
    assert "\none" not in prompt.text
    prompt.key("enter")
    prompt.wait_for("\none\ntwo\n")


def test_a_pasted_escape_sequence_is_shown_and_not_obeyed(prompt: Terminal) -> None:
    prompt.paste("echo \x1b[31mred")
    prompt.wait_for("^[[31mred")
    prompt.key("c-c")
    prompt.wait_prompt()


def test_markers_of_the_source_are_left_out(prompt: Terminal) -> None:
    prompt.paste(">>> 6 * 7\n42\n")
    wait_typed(prompt, "> 6 * 7")
    prompt.key("enter")
    prompt.wait_for("\n42\n")


def test_a_paste_of_many_lines_is_one_entry_of_the_history(prompt: Terminal) -> None:
    prompt.paste("for i in [1]:\n    print(i)\n    print(i + 1)\n")
    wait_typed(prompt, "·")
    prompt.key("enter")
    prompt.wait_for("\n1\n2\n")
    prompt.wait_prompt()
    prompt.run("true")
    prompt.key("up")
    prompt.key("up")
    wait_typed(prompt, "print(i + 1)")
    assert prompt.text.count("for i in [1]:") == 2


# -- abbreviations -------------------------------------------------------------------------------------------------


def test_an_abbreviation_is_written_out_by_space_and_by_enter(prompt: Terminal) -> None:
    prompt.run("abbr e='echo expanded'")
    prompt.type("e x")
    prompt.wait_for("$ echo expanded x")
    prompt.key("c-c")
    prompt.wait_prompt()
    prompt.type("e\r")
    prompt.wait_for("\nexpanded\n")
    prompt.wait_prompt()
    assert prompt.output_of("abbr") == "abbr e='echo expanded'"
    prompt.run("abbr -e e")
    assert prompt.output_of("abbr") == ""


# -- the editor ----------------------------------------------------------------------------------------------------


def test_the_editor_gets_the_text_and_gives_it_back_unrun(terminal: Callable[..., Terminal]) -> None:
    prompt = terminal(env={"EDITOR": EDITED})
    prompt.wait_prompt()
    prompt.type("echo one")
    prompt.wait_for("$ echo one")
    prompt.send("\x18\x05")
    prompt.wait_for("$ echo two")
    assert "\ntwo" not in prompt.text
    prompt.key("enter")
    prompt.wait_for("\ntwo\n")


def test_a_failing_editor_changes_nothing(terminal: Callable[..., Terminal]) -> None:
    prompt = terminal(env={"EDITOR": "sh -c 'echo has failed; exit 1'"})
    prompt.wait_prompt()
    prompt.type("echo kept")
    prompt.send("\x18\x05")
    prompt.wait_for("has failed")
    prompt.wait_until(lambda: prompt.before_cursor.endswith("$ echo kept"), "the line again")
    prompt.type(" it\r")
    prompt.wait_for("\nkept it\n")


def test_a_full_screen_editor_has_the_terminal(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text(
        "#!/bin/sh\nprintf '\\033[?1049h\\033[HEDITING'; read answer; printf '\\033[?1049l'; echo \"echo $answer\" >\"$1\"\n"
    )
    editor.chmod(0o755)
    prompt = terminal(env={"VISUAL": str(editor), "EDITOR": "false"})
    prompt.wait_prompt()
    prompt.type("echo before")
    prompt.send("\x18\x05")
    prompt.wait_for("EDITING")
    prompt.type("answered\n")
    prompt.wait_for("$ echo answered")
    assert "EDITING" not in prompt.text


# -- the screen ----------------------------------------------------------------------------------------------------


def test_wide_characters_are_edited_as_one(prompt: Terminal) -> None:
    prompt.type("echo 日本語")
    prompt.wait_for("日")
    prompt.key("left")
    prompt.key("backspace")
    prompt.key("enter")
    prompt.wait_for("\n日")
    prompt.wait_prompt()
    assert "日語" in prompt.text.replace("日 ", "日")


def test_a_resize_keeps_what_is_typed(prompt: Terminal) -> None:
    prompt.type("echo " + "x" * 50)
    prompt.wait_for("x" * 20)
    prompt.resize(24, 40)
    prompt.type("END")
    prompt.wait_for("END")
    prompt.resize(24, 100)
    prompt.type("\r")
    prompt.wait_until(lambda: "x" * 50 + "END" in prompt.text.replace("\n", ""), "the whole line")
    prompt.wait_prompt()


def test_ctrl_l_clears_the_screen_and_keeps_the_line(prompt: Terminal) -> None:
    prompt.run("echo gone")
    prompt.type("echo kept")
    wait_typed(prompt, "echo kept")
    prompt.key("c-l")
    prompt.wait_until(
        lambda: "gone" not in prompt.text and prompt.cursor[0] == 0 and prompt.before_cursor.endswith("$ echo kept"),
        "a clear screen with the line on it",
    )


def test_ctrl_z_in_a_line_does_nothing(prompt: Terminal) -> None:
    prompt.type("\x1aecho fi\x1a")
    prompt.wait_for("fi")
    prompt.type("ne")
    prompt.wait_typed("$ echo fine")
    assert "\nfine\n" in prompt.block("")


def test_ctrl_d_deletes_in_a_line_and_leaves_when_it_is_empty(prompt: Terminal) -> None:
    prompt.type("echo xy")
    prompt.key("left")
    prompt.key("c-d")
    prompt.key("enter")
    prompt.wait_for("\nx\n")
    prompt.wait_prompt()
    assert prompt.leave() == 0


# -- vi ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def vi(terminal: Callable[..., Terminal]) -> Terminal:
    prompt = terminal()
    prompt.wait_prompt()
    prompt.run('editing_mode = "vi"')
    return prompt


def test_vi_edits_by_commands(vi: Terminal) -> None:
    vi.type("echo one two")
    wait_typed(vi, "echo one two")
    vi.key("escape")
    vi.type("b")
    vi.wait_until(lambda: vi.before_cursor.endswith("echo one "), "the cursor at the last word")
    vi.type("cwthree\r")
    vi.wait_for("\none three\n")


def test_vi_walks_through_the_history(vi: Terminal) -> None:
    vi.run("echo first")
    vi.key("escape")
    vi.type("k")
    vi.wait_until(lambda: vi.text.endswith("$ echo first"), "the last line")
    vi.type("A again\r")
    vi.wait_for("\nfirst again\n")


def test_a_mode_there_is_not_is_told_once(prompt: Terminal) -> None:
    prompt.run("editing_mode = 'wordstar'")
    prompt.run("true")
    assert prompt.text.count('editing_mode is "emacs" or "vi"') == 1

"""The prompt's text: what it says, and that nothing slow holds it up."""

from __future__ import annotations

import asyncio

import pytest

from tests.repl.repositories import left_text, right_text, until
from xsh.repl.prompt.prompt import PromptText, fitted

JOBS = ("sleep 9",)


async def test_an_old_state_is_dimmed_while_a_new_one_takes_long(repository, shell, monkeypatch, request):
    prompt = PromptText(shell)
    monkeypatch.chdir(repository)
    (repository / "new").touch()
    await prompt.refresh()
    await until(lambda: prompt.git.state is not None)
    assert right_text(prompt) == "?1"
    request.getfixturevalue("slow_git")
    await prompt.refresh()
    assert not prompt.git.stale
    assert right_text(prompt) == "?1"
    await until(lambda: prompt.git.stale)
    assert right_text(prompt) == "?1"
    assert prompt.right()[0][0] == "fg:ansibrightblack"
    await prompt.close()


# -- the text ------------------------------------------------------------------------------------------------------


async def test_a_late_state_does_not_move_what_is_typed(repository, shell, monkeypatch):
    prompt = PromptText(shell)
    monkeypatch.chdir(repository)
    (repository / "file").write_text("two\n")
    await prompt.refresh()
    before = left_text(prompt)
    await until(lambda: prompt.git.state is not None)
    assert left_text(prompt) == before
    assert " trunk > " in before
    assert ("fg:ansiyellow", "trunk") in prompt.left()
    await prompt.close()


async def test_status_signal_duration_jobs_and_target_are_shown(shell, monkeypatch, tmp_path):
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    prompt = PromptText(shell, glyph=lambda: "$")
    await prompt.refresh()
    assert (left_text(prompt), right_text(prompt)) == ("~ $ ", "")
    shell.status, shell.duration = 42, 1.9
    assert (left_text(prompt), right_text(prompt)) == ("~ [42] $ ", "")
    shell.status, shell.signal, shell.duration = 130, "SIGINT", 63.0
    assert left_text(prompt) == "~ [SIGINT] $ "
    assert right_text(prompt) == "1 m 3 s"
    shell.target_name = "web1"
    shell.jobs = JOBS  # type: ignore[assignment]
    assert left_text(prompt) == "web1:~ [SIGINT] $ "
    assert right_text(prompt).startswith("1 job ")
    await prompt.close()


async def test_a_directory_that_is_gone_keeps_its_name(shell, monkeypatch, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.setenv("PWD", str(gone))
    monkeypatch.chdir(gone)
    gone.rmdir()
    prompt = PromptText(shell)
    await prompt.refresh()
    assert "gone" in left_text(prompt)
    await prompt.close()


async def test_a_directorys_name_cannot_write_to_the_terminal(shell, monkeypatch, tmp_path):
    evil = tmp_path / "a\x1b[31m\n\u202eb"
    evil.mkdir()
    monkeypatch.chdir(evil)
    prompt = PromptText(shell)
    await prompt.refresh()
    assert "\x1b" not in left_text(prompt)
    assert "\u202e" not in left_text(prompt)
    await prompt.close()


@pytest.mark.parametrize(
    ("path", "width", "shown"),
    [
        ("~/src/xsh", 20, "~/src/xsh"),
        ("~/sources/projects/xsh", 20, "~/s/projects/xsh"),
        ("~/sources/.config/xsh", 12, "~/s/.c/xsh"),
        ("/very/deep/and/endlessly-long-name", 15, "…dlessly-long-name"[-15:]),
        ("~", 1, "~"),
    ],
)
def test_long_directories_are_shortened_from_the_front(path, width, shown):
    found = fitted(path, width)
    assert len(found) <= max(width, 10)
    assert found == shown or found.startswith("…")


# -- functions of the user -------------------------------------------------------------------------------------------


async def test_functions_of_the_user_replace_both_sides(shell):
    async def right_prompt() -> str:
        await asyncio.sleep(0)
        return "\x1b[31mred\x1b[0m"

    shell.names["prompt"] = lambda: "mine> "
    shell.names["right_prompt"] = right_prompt
    prompt = PromptText(shell)
    await prompt.refresh()
    assert (left_text(prompt), right_text(prompt)) == ("mine> ", "red")
    await prompt.close()


async def test_a_failing_function_is_told_once_and_the_shells_own_prompt_is_shown(shell):
    said: list[str] = []
    shell.say = said.append  # type: ignore[method-assign]

    def prompt_function() -> str:
        raise ZeroDivisionError("oops")

    shell.names["prompt"] = prompt_function
    prompt = PromptText(shell)
    for _ in range(3):
        await prompt.refresh()
        assert left_text(prompt).endswith(" > ")
    assert len(said) == 1
    assert "prompt() failed" in said[0]
    assert "ZeroDivisionError: oops" in said[0]
    assert "test_prompt.py:" in said[0]
    shell.names["prompt"] = lambda: "better "
    await prompt.refresh()
    assert left_text(prompt) == "better "
    await prompt.close()


async def test_a_value_that_is_no_text_is_a_failure_like_any_other(shell):
    said: list[str] = []
    shell.say = said.append  # type: ignore[method-assign]
    shell.names["right_prompt"] = lambda: 3
    prompt = PromptText(shell)
    await prompt.refresh()
    assert len(said) == 1
    await prompt.close()


async def test_a_slow_function_delays_the_prompt_by_little_and_does_not_move_it(shell):
    answers = [asyncio.Event(), asyncio.Event()]
    texts = iter(["first> ", "a wider one> "])
    gates = iter(answers)

    async def prompt_function() -> str:
        await next(gates).wait()
        return next(texts)

    shell.names["prompt"] = prompt_function
    prompt = PromptText(shell)
    await prompt.refresh()
    own = left_text(prompt)
    assert own.endswith(" > ")
    answers[0].set()
    await until(lambda: not prompt.user_left.stale)
    assert left_text(prompt) == own
    await prompt.refresh()
    assert left_text(prompt) == "first> "
    assert "ansibrightblack" in prompt.left()[0][0]
    answers[1].set()
    await until(lambda: not prompt.user_left.stale)
    assert left_text(prompt) == "first> "
    await prompt.close()

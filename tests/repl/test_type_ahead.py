"""Keys that come before the prompt is ready for them: none is lost, whatever modes the terminal has at that moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.repl.terminal import Terminal
from tests.repl.test_prompt_history import kept

LINES = [f"echo ahead{number}" for number in range(4)]
STARTS = 10

MOMENTS: dict[str, Callable[[Terminal], bool]] = {
    "at once": lambda _: True,
    "with the first look": lambda started: bool(started.transcript),
    "while it is replaced": lambda started: b"\x1b[K" in started.transcript,
    "as the keys are attached": lambda started: b"\x1b[?2004h" in started.transcript,
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_line_typed_ahead_runs(terminal: Callable[..., Terminal], moment: str) -> None:
    prompts = [terminal(size=(30, 120)) for _ in range(STARTS)]
    for prompt in prompts:
        prompt.wait_until(lambda prompt=prompt: MOMENTS[moment](prompt), moment, 30)
        prompt.type("".join(f"{line}\r" for line in LINES))
    check_all(prompts)


def test_every_key_typed_ahead_counts_however_they_are_spread(terminal: Callable[..., Terminal]) -> None:
    prompts = [terminal(size=(30, 120)) for _ in range(5)]
    said = [-1] * len(prompts)
    for key in "".join(f"{line}\r" for line in LINES):
        for number, prompt in enumerate(prompts):
            # each gets its next key when it has said more, so that the keys fall into all of a start
            prompt.wait_until(lambda prompt=prompt, old=said[number]: len(prompt.transcript) > old, "more output", 30)
            said[number] = len(prompt.transcript)
            prompt.type(key)
    check_all(prompts)


@pytest.mark.parametrize("moment", [moment for moment in MOMENTS if moment != "at once"])
def test_ctrl_c_before_the_prompt_is_ready_drops_what_was_typed(terminal: Callable[..., Terminal], moment: str) -> None:
    prompts = [terminal(size=(30, 120)) for _ in range(STARTS)]
    for prompt in prompts:
        prompt.wait_until(lambda prompt=prompt: MOMENTS[moment](prompt), moment, 30)
        prompt.type("echo dropped\x03")
    for prompt in prompts:
        prompt.wait_prompt()
        assert "\nkept\n" in prompt.run("echo kept")
        assert "\ndropped\n" not in prompt.text
        assert prompt.leave() == 0


def check_all(prompts: list[Terminal]) -> None:
    """Wait for the last line's output, answering all terminals and see that all lines were run once."""
    for prompt in prompts:
        prompt.wait_for("\nahead3", 50)
        prompt.wait_prompt(50)
    for prompt in prompts:
        assert prompt.leave(20) == 0
    texts = [text for (text,) in kept(prompts[0].home)]
    assert sorted(texts) == sorted(LINES * len(prompts))

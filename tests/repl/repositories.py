"""What tests of the prompt and of git share: git itself, the texts on both sides, waiting for a fact."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from prompt_toolkit.formatted_text import fragment_list_to_text

from xsh.repl.prompt.prompt import PromptText

DEADLINE = 10.0


async def until(fact: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not fact():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def left_text(prompt: PromptText) -> str:
    return fragment_list_to_text(prompt.left())


def right_text(prompt: PromptText) -> str:
    return fragment_list_to_text(prompt.right()).strip()

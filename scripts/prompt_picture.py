#!/usr/bin/env python3
"""Draws the prompt as users see it as an SVG: `scripts/prompt_picture.py docs/images/prompt.svg`.

A real `xsh` runs in a pseudo-terminal with an empty home, in a fresh git repository; what is typed here is typed there, and
the emulator's screen is drawn cell by cell, as `scripts/picture.py` does it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "scripts")]

from picture import draw  # noqa: E402 - the checkout has to be on the path first

from tests.repl.terminal import Terminal  # noqa: E402 - as above

LINES = (
    "git log --oneline | head -n 2",
    "sizes = {p.name: p.stat().st_size for p in Path().glob('*.md')}",
    "sizes",
    "wc -c ${list(sizes)} | tail -n 1",
    "head = await $`git rev-parse --abbrev-ref HEAD`",
    "f'{head}: {len(sizes)} pages'",
    "sleep 60 &",
    "ls no-such-folder",
)
UNFINISHED = "grep -n pages *.md | ${str.upper}"
SIZE = (26, 88)


def main() -> None:
    """Type the lines and write the picture to the file named on the command line."""
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "shop"
        make_repository(work)
        terminal = Terminal([], cwd=work, env={"HOME": folder}, size=SIZE)
        try:
            terminal.wait_prompt()
            for line in LINES:
                terminal.run(line)
            terminal.type(UNFINISHED)
            terminal.wait_typed(UNFINISHED)
            picture = draw(terminal.emulator)
            shown = "\n".join(line.rstrip() for line in terminal.emulator.display)
            terminal.key("c-c")
            terminal.run("kill %1")
        finally:
            terminal.close()
    target.write_text(picture, encoding="utf-8")
    print(shown.rstrip())


def make_repository(work: Path) -> None:
    """A repository with two commits and a changed file."""
    work.mkdir()
    git = ["git", "-C", str(work), "-c", "user.name=me", "-c", "user.email=me@example.com"]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    for name, text in (("README.md", "# Shop\n\nAll pages.\n"), ("GUIDE.md", "# Guide\n\nTwo pages.\n")):
        (work / name).write_text(text, encoding="utf-8")
        subprocess.run([*git, "add", name], check=True)
        subprocess.run([*git, "commit", "-q", "-m", f"add {name}"], check=True)
    (work / "GUIDE.md").write_text("# Guide\n\nThree pages.\n", encoding="utf-8")


if __name__ == "__main__":
    main()

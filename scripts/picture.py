#!/usr/bin/env python3
"""Draws what a terminal shows after a few commands as an SVG: `scripts/picture.py docs/images/failure.svg`.

The commands are typed into a real bash in a pseudo-terminal, `xsh` among them, in a fresh folder; pyte keeps the screen, and
each cell of it is drawn where it stood. So a picture in the docs is made again after a change, and never by hand.
"""

from __future__ import annotations

import fcntl
import os
import select
import shlex
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from xml.sax.saxutils import escape

import pyte

CHECKOUT = Path(__file__).resolve().parent.parent
PROMPT = "$ "
PATIENCE = 20.0
"""Seconds a command may take until the prompt is there again."""

FILES = {
    "replicas.xsh": (
        'for name in ["web", "api", "jobs"]:\n'
        "    config = await $`python3 -m json.tool ${name}.json`.json()\n"
        "    print(f\"{name}: {config['replicas']}\")\n"
    ),
    "web.json": '{"replicas": 3}\n',
    "api.json": '{"replicas" 2}\n',
    "jobs.json": '{"replicas": 1}\n',
}
COMMANDS = ("cat replicas.xsh", "xsh replicas.xsh", "echo $?")
ROWS, COLUMNS = 20, 88

CELL_WIDTH, LINE_HEIGHT, MARGIN = 8.4, 20, 16
GROUND, TEXT = "#1d2026", "#d8dee6"
COLOURS = {
    "black": "#5c6470", "red": "#ff7b72", "green": "#7ee787", "brown": "#e3b341", "blue": "#79c0ff",
    "magenta": "#d2a8ff", "cyan": "#76e3ea", "white": TEXT, "default": TEXT,
}  # fmt: skip


def main() -> None:
    """Run the commands and write the picture to the file named on the command line."""
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        screen = run(Path(folder))
    target.write_text(draw(screen), encoding="utf-8")
    print("\n".join(line.rstrip() for line in screen.display[: used_rows(screen)]))


def run(folder: Path) -> pyte.Screen:
    """The screen of a terminal after the commands were typed into a bash that runs in `folder`."""
    tools = folder / "tools"
    work = folder / "work"
    for made in (tools, work):
        made.mkdir()
    for name, text in FILES.items():
        (work / name).write_text(text, encoding="utf-8")
    launcher = tools / "xsh"
    launcher.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {CHECKOUT}/scripts/xsh "$@"\n', encoding="utf-8"
    )
    launcher.chmod(0o755)
    env = {
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PS1": PROMPT,
        "PYTHONPATH": str(CHECKOUT),
        "TERM": "xterm-256color",
    }
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    shell = subprocess.Popen(
        ["setsid", "--ctty", "bash", "--norc", "--noprofile", "-i"],
        cwd=work, env=env, stdin=slave, stdout=slave, stderr=slave,
    )  # fmt: skip
    os.close(slave)
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    try:
        for command in COMMANDS:
            wait_for_prompt(master, screen, stream)
            os.write(master, command.encode() + b"\n")
        wait_for_prompt(master, screen, stream)
    finally:
        shell.kill()
        shell.wait()
        os.close(master)
    return screen


def wait_for_prompt(master: int, screen: pyte.Screen, stream: pyte.ByteStream) -> None:
    """Read until a line holds the prompt and nothing else; TimeoutError with the screen when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while True:
        ready = select.select([master], [], [], max(deadline - time.monotonic(), 0))[0]
        if not ready:
            raise TimeoutError("no prompt; the screen:\n" + "\n".join(screen.display))
        stream.feed(os.read(master, 1 << 16))
        at_prompt = screen.display[screen.cursor.y].rstrip() == PROMPT.rstrip() and screen.cursor.x == len(PROMPT)
        if at_prompt and not select.select([master], [], [], 0.1)[0]:
            return


def used_rows(screen: pyte.Screen) -> int:
    """How many rows hold something, the last prompt not counted."""
    return max((number for number, line in enumerate(screen.display) if line.rstrip() not in {"", "$"}), default=0) + 1


def draw(screen: pyte.Screen) -> str:
    """The screen as an SVG document."""
    rows = used_rows(screen)
    width = round(screen.columns * CELL_WIDTH + 2 * MARGIN)
    height = rows * LINE_HEIGHT + 2 * MARGIN
    told = escape("\n".join(line.rstrip() for line in screen.display[:rows]))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"<title>{told}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{GROUND}"/>',
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" style="white-space: pre">',
    ]
    for row in range(rows):
        lines += spans(screen, row)
    return "\n".join([*lines, "</g>", "</svg>", ""])


def spans(screen: pyte.Screen, row: int) -> list[str]:
    """One text element for each run of cells of one look; `textLength` keeps the columns in any font."""
    found = []
    cells = screen.buffer[row]
    column = 0
    while column < screen.columns:
        look = (cells[column].fg, cells[column].bold)
        end = column
        while end < screen.columns and (cells[end].fg, cells[end].bold) == look:
            end += 1
        text = "".join(cells[index].data for index in range(column, end))
        lead = len(text) - len(text.lstrip())
        text = text.strip()
        if text:
            colour, bold = look
            weight = ' font-weight="bold"' if bold else ""
            x = MARGIN + (column + lead) * CELL_WIDTH
            y = MARGIN + row * LINE_HEIGHT + 15
            fill = COLOURS.get(
                colour.removeprefix("bright"), f"#{colour}" if len(colour) == 6 and colour.isalnum() else TEXT
            )
            length = len(text) * CELL_WIDTH
            found.append(
                f'<text x="{x:.1f}" y="{y}" textLength="{length:.1f}" fill="{fill}"{weight}>{escape(text)}</text>'
            )
        column = end
    return found


if __name__ == "__main__":
    main()

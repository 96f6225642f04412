"""The small world in which the examples of docstrings are true: a repository, a few files, programs that stand in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILES = {
    "notes.txt": "notes\n",
    "users.csv": "ada\ngrace\n",
    "orders.csv": "one\n",
    "app.log": "started\n",
    "build/Makefile": "all:\n\t@echo built\n",
    "deploy": '#!/bin/sh\necho "deploy $*"\n',
    "run-tests": '#!/bin/sh\necho "tests pass, CI=$CI"\n',
    "slow-check": "#!/bin/sh\necho fine\n",
}
"""What lies in the reader's folder."""

STAND_INS = {
    "curl": '#!/bin/sh\necho "curl $*"\n',
    "docker": '#!/bin/sh\necho "docker $*"\n',
}
"""Programs that an example may name, and that must not do here what they do elsewhere."""


@dataclass(frozen=True)
class Setting:
    """What an example takes for granted: lines before it, arguments of the script, what a person types."""

    before: str = ""
    args: tuple[str, ...] = ()
    stdin: str = ""


PLAIN = Setting()
FLOW = Setting(before='flow = Workflow("release")\nflow.step("first", $`true`)\n')
SETTINGS = {
    **{f"xsh/flow/workflow.py {name}": FLOW for name in ("step", "parallel", "on", "run", "events")},
    "xsh/flow/retry.py retry": Setting(before='url = "http://localhost/"\n'),
    "xsh/script/main.py main": Setting(args=("production",)),
    "xsh/session/ask.py ask": Setting(stdin="Ada\n"),
    "xsh/session/ask.py confirm": Setting(stdin="yes\n"),
    "xsh/session/ask.py secret": Setting(stdin="s3cret\n"),
    "xsh/session/ask.py select": Setting(stdin="1\n"),
    "xsh/session/temporary.py tempdir": Setting(before='url = "."\n'),
}
"""The examples that take something for granted, by file and name."""


def make_world(folder: Path, tools: Path, home: Path) -> None:
    """Lay out the files, the stand-ins and a folder at home."""
    (home / "src").mkdir()
    for place, files in ((folder, FILES), (tools, STAND_INS)):
        for name, text in files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755 if text.startswith("#!") else 0o644)

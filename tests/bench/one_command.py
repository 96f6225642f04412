"""A script of one awaited command, against the bare interpreter and against the same script of the peers."""

from __future__ import annotations

from tests.bench.measure import Case, Limit, Variant
from tests.bench.workshop import Workshop

SCRIPTS = {
    "zx": "await $`true`\n",
    "execa": 'import {execa} from "execa";\nawait execa("true");\n',
    "xonsh": "r = !(true)\nr.end()\n",
    "shellous": 'import asyncio\nfrom shellous import sh\nasyncio.run(sh("true").coro())\n',
    "plumbum": 'from plumbum import local\nlocal["true"]()\n',
    "sh": "import sh\nsh.true()\n",
}
ENDINGS = {"zx": "mjs", "execa": "mjs", "xonsh": "xonsh"}


def peer_script(name: str) -> str:
    """The name of a peer's script."""
    return f"one-{name}.{ENDINGS.get(name, 'py')}"


def prepare(workshop: Workshop) -> None:
    """Write the script for each shell."""
    workshop.write("one.xsh", "r = await $`true`\n")
    workshop.write("one-subprocess.py", 'import subprocess\nsubprocess.run(["true"], capture_output=True)\n')
    for name, text in SCRIPTS.items():
        workshop.write(peer_script(name), text)


def peer(name: str) -> Variant:
    """A peer's script, the whole run."""
    return lambda workshop: workshop.wall(*workshop.peers[name], workshop.script(peer_script(name)))


CASE = Case(
    name="one command",
    unit="s",
    variants={
        "python -c pass": lambda workshop: workshop.wall(workshop.python, "-c", "pass"),
        "subprocess.run": lambda workshop: workshop.wall(workshop.python, workshop.script("one-subprocess.py")),
        "xsh": lambda workshop: workshop.wall(*workshop.xsh, workshop.script("one.xsh")),
        **{name: peer(name) for name in SCRIPTS},
    },
    limits=(
        Limit("xsh", "python -c pass", 5, moonshot=2),
        Limit("xsh", "zx", 0.4),
        Limit("xsh", "xonsh", 0.4),
    ),
    rounds=21,
    prepare=prepare,
)

"""A stand-in for `docker` and `kubectl` on PATH: records how it was called and runs the command as their engines do.

The command runs in a session of its own with nothing of the caller's environment, and lives on when the client dies.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.process_table import Process, read_process, still_living

DOCKER = """#!/bin/sh
printf '%s\\0' "$@" >> "$STANDIN_LOG"; printf '\\n' >> "$STANDIN_LOG"
shift; set -f
where=; vars=
while :; do case $1 in
  -i|-t) shift ;;
  -u) shift 2 ;;
  -w) where=$2; shift 2 ;;
  -e) vars="$vars $(printf '%s\\n' "$2" | sed "s/'/'\\\\\\\\''/g; 1s/^/'/; \\$s/\\$/'/")"; shift 2 ;;
  *) break ;;
esac; done
name=$1; shift
[ "$name" = gone ] && { echo "Error response from daemon: No such container: gone" >&2; exit 1; }
if [ -n "$where" ]; then cd "$where" 2>/dev/null || { echo "OCI runtime exec failed: chdir to cwd" >&2; exit 126; }
else cd /; fi
command -v "$1" >/dev/null || { echo "OCI runtime exec failed: exec: $1: not found" >&2; exit 127; }
eval 'setsid -w env -i PATH="$PATH" XSH_TEST_COOKIE="$XSH_TEST_COOKIE"' "$vars" '"$@"'
exit $?
"""

KUBECTL = """#!/bin/sh
printf '%s\\0' "$@" >> "$STANDIN_LOG"; printf '\\n' >> "$STANDIN_LOG"
while [ "$1" != -- ]; do
  [ "$1" = gone ] && { echo 'Error from server (NotFound): pods "gone" not found' >&2; exit 1; }
  shift
done; shift
cd /
setsid -w env -i PATH="$PATH" XSH_TEST_COOKIE="$XSH_TEST_COOKIE" "$@"
exit $?
"""


class StandIn:
    """A folder for PATH with the programs in it, and what they were called with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "calls"
        self.log.touch()
        for name, text in (("docker", DOCKER), ("podman", DOCKER), ("kubectl", KUBECTL)):
            program = folder / name
            program.write_text(text)
            program.chmod(0o755)

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each call."""
        return [line.split("\0")[:-1] for line in self.log.read_text().split("\n") if line]


def living(pids: Iterable[int]) -> list[Process]:
    """Those of some processes that have not ended; a zombie nobody reaps has, and who is on the way out as good as."""
    found = [read_process(pid) for pid in pids]
    return still_living([process for process in found if process is not None and process.state not in "ZX"])

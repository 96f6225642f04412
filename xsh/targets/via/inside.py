"""The shell texts that run inside, in POSIX sh: entering a directory, asking why nothing started, stopping by mark."""

from __future__ import annotations

ENTER = 'cd -- "$1" 2>/dev/null || exit 126; shift; command -v "$1" >/dev/null 2>&1 || exit 127; exec "$@"'
"""Runs `$2…` in the directory `$1`; silent when it cannot, since `ASK` then finds out why."""

STRICT_SHELL = 'command -v bash >/dev/null 2>&1 && exec bash "$@"; shift 4; exec sh -eu -c "$0" "$@"'
SHELL = 'command -v bash >/dev/null 2>&1 && exec bash "$@"; shift 2; exec sh -c "$0" "$@"'
"""Runs bash with what follows, `-euo pipefail -c TEXT xsh …` or `-c TEXT xsh …`; where there is none, sh with the text `$0`.

No variable is set: one of that name may be the user's.
"""

WITH_PATH = 'PATH=$1; export PATH; shift; command -v "$1" >/dev/null 2>&1 || exit 127; exec "$@"'
"""Runs `$2…` as the program that PATH `$1` finds: the programs of ours around it are found by the PATH that is there."""

FINE, NO_DIRECTORY, NO_PROGRAM, NOT_EXECUTABLE, NOT_A_DIRECTORY = 40, 41, 42, 43, 44
"""What `ASK` answers by its exit code; any other is the wrapper's."""

ASK = f"""
if [ -e "$1" ] && [ ! -d "$1" ]; then exit {NOT_A_DIRECTORY}; fi
if [ -n "$1" ]; then cd -- "$1" 2>/dev/null || exit {NO_DIRECTORY}; fi
[ $# -lt 3 ] || PATH=$3
case $2 in
*/*) [ -e "$2" ] || exit {NO_PROGRAM}
  [ -x "$2" ] && [ ! -d "$2" ] || exit {NOT_EXECUTABLE} ;;
*) command -v "$2" >/dev/null 2>&1 || exit {NO_PROGRAM} ;;
esac
exit {FINE}
"""
"""Whether the directory `$1` (empty for none) and the program `$2` are there, looked for on PATH `$3` if that is given."""

STOP = """
mark=$1; shift
marked() {
  if command -v grep >/dev/null 2>&1; then grep -ls "$mark=" /proc/[0-9]*/environ
  else for f in /proc/[0-9]*/environ; do case $(cat "$f") in *"$mark="*) echo "$f" ;; esac; done
  fi 2>/dev/null
}
send() { for f in $(marked); do p=${f#/proc/}; kill -s "$1" "${p%/environ}" 2>/dev/null; done; }
nap() { sleep 0.02 2>/dev/null || sleep 1; }
[ -r /proc/self/environ ] || exit 3
for s; do send "$s"; done
empty() { [ -z "$(marked)" ] && nap && [ -z "$(marked)" ]; }
case " $* " in *" KILL "*) n=0; until empty; do
  n=$((n + 1)); [ $n -gt 100 ] && exit 4; send KILL; nap; done ;;
*" TERM "*|*" INT "*) until empty; do nap; done ;;
esac
exit 0
"""
"""Sends the signals `$2…` to every process that has the mark `$1`, after TERM, INT and KILL it ends when none is left.

Two looks have to find none: what is just calling execve(2) has no environment.
"""

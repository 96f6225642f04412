"""Asks bash's own completion (the bash-completion project) what may stand at the end of a command's words."""

from __future__ import annotations

import os

from xsh.command.command import Command
from xsh.command.options import Options
from xsh.errors import XshError
from xsh.words.rendered import Argv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from xsh.command.pipeline import Runner

LIMIT = 2.0
"""Seconds that one question may take; then bash and all it has started are ended."""
MOST = 1 << 20
"""Bytes of an answer that are read."""
PLACES = (
    "/usr/share/bash-completion/bash_completion",
    "/usr/local/share/bash-completion/bash_completion",
    "/opt/homebrew/share/bash-completion/bash_completion",
    "/etc/bash_completion",
)
# compopt fails outside of a completion that readline has begun; what it would say is not needed
_QUESTION = r"""
. "$1" >/dev/null 2>&1 || exit 1
shift
compopt() { :; }
name=${1##*/}
if ! complete -p -- "$name"; then
    if declare -F _comp_load; then _comp_load "$name"; else _completion_loader "$name"; fi
fi >/dev/null 2>&1
spec=$(complete -p -- "$name" 2>/dev/null) || exit 1
[[ $spec == *' -F _minimal '* || $spec == *' -F _comp_complete_minimal '* ]] && exit 1
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_TYPE=9 COMP_KEY=9
COMP_POINT=${#COMP_LINE}
current=${!#} previous=${COMP_WORDS[COMP_CWORD - 1]}
if [[ $spec =~ ' -F '([^ ]+) ]]; then
    "${BASH_REMATCH[1]}" "$name" "$current" "$previous" >/dev/null 2>&1
elif [[ $spec =~ ' -C '([^ ]+) ]]; then
    export COMP_LINE COMP_POINT COMP_TYPE COMP_KEY
    program=${BASH_REMATCH[1]//\'/}
    mapfile -t COMPREPLY < <("$program" "$name" "$current" "$previous" 2>/dev/null)
fi
((${#COMPREPLY[@]})) && printf '%s\0' "${COMPREPLY[@]}"
exit 0
"""


def bash_completion() -> str | None:
    """Where the bash-completion project is installed; None where it is not."""
    return next((place for place in PLACES if os.path.isfile(place)), None)


async def ask_bash(words: Sequence[str], runner: Runner, *, place: str | None = None) -> list[str]:
    """What bash would offer for the last of a command's words; nothing after 2 s, where it has failed or is missing."""
    place = place or bash_completion()
    if place is None or len(words) < 2 or any("\0" in word for word in words):
        return []
    options = Options(
        env={"COMP_WORDBREAKS": " \t\n\"'><=;|&(:"}, input=b"", output="quiet", nothrow=True, timeout=LIMIT, grace=0.1,
        limit_output=MOST,
    )  # fmt: skip
    argv = ("bash", "--norc", "--noprofile", "-c", _QUESTION, "xsh-completion", place, *words)
    try:
        result = await Command(Argv(argv), runner, options)
    except XshError:
        # no bash, or too slow: the paths are offered
        return []
    answers = result.stdout_bytes.decode("utf-8", "surrogateescape").split("\0")
    return list(dict.fromkeys(answer for answer in answers if answer.strip()))


async def describe_programs(names: Sequence[str], runner: Runner) -> dict[str, str]:
    """One line on each program that the manual's index knows (whatis(1)); none after 0.3 s or without an index."""
    plain = [name for name in names if name.isascii() and not name.startswith("-")]
    if not plain:
        return {}
    options = Options(input=b"", output="quiet", nothrow=True, timeout=0.3, grace=0.05, limit_output=MOST)
    try:
        result = await Command(Argv(("whatis", "-l", "-s", "1:8", "--", *plain)), runner, options)
    except XshError:
        # no manual on this machine
        return {}
    found: dict[str, str] = {}
    for line in result.stdout_bytes.decode("utf-8", "replace").splitlines():
        left, dash, text = line.partition(" - ")
        if dash:
            found.setdefault(left.partition(" (")[0].strip(), text.strip())
    return found

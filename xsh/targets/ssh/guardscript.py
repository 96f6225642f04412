"""The program that watches over our commands on another machine: a POSIX sh that listens on its stdin.

Nothing in SSH ends a remote command: not closing the channel, not closing the connection, not our death; and a server
refuses signals for root. So each connection has one session more, in which this text runs. The marks in the environment
of the connection's commands all begin with its token, and it signals every process that has one. When its input ends,
or says nothing for too long while commands run, it ends all of them, also what commands that are over have left in the
background: TERM, a second, KILL.

What it is told, one line each:

    s SIG MARK      send a signal to whatever has this mark
    e SIG MARK      the same, and say whether there was anybody: `e MARK WHO`
    q MARK          say which processes have it: `q MARK PID…`
    b SECONDS       commands run: so long a silence means that we are gone
    .               we are here
    i               nothing runs, silence means nothing

Processes are found by their environment in /proc (proc(5)), which also finds those that have left their group; where
there is no /proc, by the command lines that ps(1) shows. Their groups are signalled, since what a process starts between
our look and our signal is in its group, and in no list of ours. At the end of input all processes are looked at only where
one may be left: it is a child of a process that we descend from, and younger than we are, so that a few lists of children
tell.

Bash is tried first: its `read` has a time limit, so that one process is all. Where it is the login shell, that itself goes
on as the guard; its text stands between quotes that are read alike by sh, bash, dash, zsh and fish. For other login shells
all is sent in octal (wrapping.py). `read` in sh has no time limit: there a `cat` passes the lines on, and a helper that
counts the half seconds since the last line kills that `cat`, which looks like the end of input.

Its words are `$1`, the token; `$2`, the seconds of silence: bash counts from its start on, as if told by a `b`, since a
guard is started for a command that is about to start.
"""

from __future__ import annotations

from enum import Enum
from functools import cache

from xsh.targets.ssh.wrapping import Wrapped, from_stdin, in_octal, octal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.targets.ssh.sudo import Sudo

READY = "xsh-guard"
"""The word that the guard's first line starts with."""
REFUSED = "sudo"
"""What follows it when sudo has ended: before the first line, because it started nothing."""

_FIND_BY_MARK = (
    "P() { for f in $(grep -ls XSH_MARK=$1 /proc/[0-9]*/environ);do f=${f#/proc/};echo ${f%/*};done;};"
    "K() { d=;for p in $(P $2);do read -r l </proc/$p/stat||continue;set -- $1 $2 ${l##*) };"
    'case $5 in ""|0|*[!0-9]*) d=$p;kill -$1 $p;;*) case $d in *-$5-*);;*) d=$d-$5-;kill -$1 -$5;;esac;;esac;done;};'
)
_FIND_BY_GROUP = (
    "P() { ps -A -o pgid= -o args=|while read -r g a;do case $a in *XSH_MARK=$1*) echo $g;;esac;done|sort -u;};"
    "K() { d=;for p in $(P $2);do d=$p;kill -$1 -$p;done;};"
)
_LOOK = (
    # $1's children, of which some may be ours when they are younger than we are, $s, and lead to us by none, $q
    'C() { for f in /proc/$1/task/*/children;do k=-;read -r k <$f;[ "$k" = - ]&&return 0;'
    "for z in $k;do [ $z = $q ]&&continue;read -r l </proc/$z/stat||continue;set -- ${l##*) };"
    "[ $# -gt 19 ]||return 0;shift 19;[ $1 -lt $s ]||return 0;done;done;return 1;};"
    # whether something may be left: only then is every process looked at
    "Y() { read -r l </proc/$$/stat||return 0;set -- ${l##*) };p=$2;q=$$;shift 19;s=$1;n=;"
    'while [ $p -gt 0 ];do read -r l </proc/$p/stat||return 0;c=${l#*"("};set -- ${l##*) };'
    # the nearest of a server's has our commands as its children; nothing becomes the child of another one, unless that is
    # the first process of a container (in brackets, so that pkill -f finds us by neither name)
    "case $c in ssh[d]*|dropbea[r]*) m=$n;n=-;;*) m=;;esac;"
    '[ "$m" ]&&[ $p != 1 ]||{ C $p&&return 0;};'
    # what has no parent here has entered a container, as a command may have that still runs
    "q=$p;p=$2;done;[ $q != 1 ];};"
)
_WATCH = (
    # a second `b` takes the place of the first; mksh forgets a TERM that comes right after the fork
    'W() { [ "$w" ]&&kill -9 $w;( n=0;trap n=0 USR1;d=1;k=$1;sleep 0.5&&{ d=0.5;k=$((k*2-1));};'
    "while [ $n -lt $k ];do sleep $d;n=$((n+1));done;echo silent >&3;kill $c ) >/dev/null & w=$!;};"
)
_DO = "D() { case $o in s) K $a $b;;e) K $a $b;echo e $b $d >&3;;q) echo q $a $(P $a) >&3;;esac;};"
_MAIN = "while read -r o a b;do case $o in b) W $a;;.) kill -USR1 $w;;i) kill -9 $w;w=;;*) D;;esac;done;"
_HELLO = f"echo {READY} $L $h $b ${{t:--}} $SHELL;"
_IN_BASH = (
    "while :;do read -r ${t:+-t $t} o a b;r=$?;"
    # above 128 when the time was up
    "[ $r = 0 ]||{ [ $r -le 128 ]||echo silent >&3;break;};"
    "case $o in b) t=$a;;i) t=;;*) D;;esac;done;"
)
_END = (
    '[ "$w" ]&&kill -9 $w;'
    # twice, since a list of children that is read while one of them ends may lack another (proc(5))
    "[ $h = proc ]&&{ Y||Y||exit 0;};"
    '[ "$(P $L)$(P $L)" ]||exit 0;K TERM $L;K CONT $L;'
    'for i in 1 2 3 4 5 6 7 8 9 10;do [ "$(P $L)" ]||exit 0;sleep 0.1||sleep 1;done;'
    'for i in 1 2 3 4 5 6 7 8 9 10;do K KILL $L;[ "$(P $L)" ]||exit 0;sleep 0.1||sleep 1;done'
)

_CLEAN = (
    # what a start-up file may have left in the login shell; what stands in `$-` or in TMOUT may not be undone
    "unset -f unset trap exec read echo printf kill grep ps sort sleep command eval set exit [;"
    "trap - EXIT DEBUG ERR RETURN;unset IFS;"
)

NO_BASH = 127
"""The exit status of a shell that found no bash, and of a bash of version 3, whose `read` is that of sh (POSIX 2.8.2)."""


class Way(Enum):
    """How a guard is started, in the order in which they are tried."""

    BY_LOGIN_SHELL = 1
    """By a login shell that is a bash, or that reads our quotes and finds one."""
    BY_BASH = 2
    """By a bash, whatever the login shell reads."""
    BY_SH = 3
    """By sh."""

    def after(self, status: int | None) -> Way | None:
        """The way to try when this one has ended with an exit status; None when there is none left."""
        if self is Way.BY_SH:
            return None
        # what went well was another program, which the host runs in place of any
        unread = status not in (None, 0, NO_BASH)
        return Way.BY_BASH if self is Way.BY_LOGIN_SHELL and unread else Way.BY_SH


def guard_line(token: str, silence: float, way: Way, *, by_group: bool = False, sudo: Sudo | None = None) -> Wrapped:
    """The command line that starts the guard of marks that begin with `token`; its first line of output is `xsh-guard TOKEN proc|ps BASH SECONDS SHELL`.

    A `way` that the host does not have says nothing. `by_group` has it go by groups although there is a /proc. Where `sudo`
    did not start it, `xsh-guard TOKEN sudo CODE` is all it says.
    """
    words = f"{token} {max(1, round(silence))}"
    if sudo is not None:
        line = f"/bin/sh -c '{guard_text(by_group=by_group)}' sh {words}"
        line = f"{sudo.before()}{sudo.check()}&&{sudo.words()} {line};echo {READY} {token} {REFUSED} $?"
        return Wrapped(in_octal(line)) if sudo.password is None else from_stdin(line)
    if way is Way.BY_LOGIN_SHELL:
        text = bash_text(by_group=by_group)
        # an alias of its start-up files must be gone before the text is read
        here = f'[ "$-${{TMOUT-}}" = hBc ]&&{{ {_CLEAN}set -- {words};{text}}}'
        return Wrapped(f"test \"$BASH_VERSION\"&&unalias -a&&eval '{here}'||exec bash --norc -pc '{text}' sh {words}")
    text = _in_octal(by_group=by_group)
    if way is Way.BY_BASH:
        # -p takes neither options (SHELLOPTS) nor functions from the environment; under sshd, start-up files would be read
        return Wrapped(f'exec bash --norc -pc \'printf -v t "{text}";eval "$t"\' sh {words}')
    return Wrapped(f'/bin/sh -c \'eval "$(printf "{text}")"\' sh {words}')


@cache
def _in_octal(*, by_group: bool) -> str:
    return octal(guard_text(by_group=by_group))


@cache
def bash_text(*, by_group: bool = False) -> str:
    """The guard's program for bash alone, without a single quote or backslash, for the words that are told above."""
    return (
        f"case $BASH_VERSION in [123].*) exit {NO_BASH};;esac;"
        f"{_start(by_group=by_group)}t=$2;{_HELLO}{_IN_BASH}{_END};exit;"
    )


def guard_text(*, by_group: bool = False) -> str:
    """The guard's program for sh, for the words that are told above."""
    return (
        f"{_start(by_group=by_group)}"
        "case $BASH_VERSION in [4-9]*|[1-9][0-9]*) t=$2;;*) t=;;esac;"
        f"{_HELLO}"
        f'[ "$t" ]&&{{ {_IN_BASH}{_END};exit;}};'
        # the number of the `cat`, which a subshell knows of itself by /proc only
        '{ [ $h = proc ]&&read -r c x </proc/self/stat&&echo $c&&exec cat;exec /bin/sh -c "echo \\$\\$;exec cat";}'
        f"|{{ read -r c;{_WATCH}{_MAIN}{_END};}}"
    )


def _start(*, by_group: bool) -> str:
    test = "false" if by_group else "[ -r /proc/self/environ ]"
    return (
        # ignored, which subshells inherit; what `trap :` sets they forget, and an answer to nobody would kill the guard
        # a TMOUT of the user's would be a silence of ours
        'exec 3>&1 2>/dev/null;trap "" PIPE HUP;unset TMOUT;'
        f"if {test};then h=proc;{_FIND_BY_MARK}{_LOOK}else h=ps;{_FIND_BY_GROUP}fi;"
        f"{_DO}L=$1;w=;command -v bash >/dev/null&&b=bash||b=-;"
    )

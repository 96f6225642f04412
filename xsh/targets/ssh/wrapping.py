"""The one line of text that a login shell on another machine gets, from an argv, a directory and an environment.

SSH carries one string, which the user's login shell reads. So everything is quoted in the one form that sh, bash, dash,
zsh, ksh, mksh, ash and fish read alike (words/quote.py); for any other shell (tcsh, elvish, yash) every byte is sent in
octal through printf(1). The string runs /bin/sh with a short text of ours and all values as positional parameters; it
changes the directory and the environment and then becomes the program, so that a signal that kills it is reported as one.

What cannot be started is told on stderr behind the mark, which is random and so cannot come from a program.
"""

from __future__ import annotations

import re

from xsh.errors import ArgumentsTooLong
from xsh.words.portable import AnyShell, without_bash
from xsh.words.quote import quote_always
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.command.target import SpawnRequest
    from xsh.targets.ssh.sudo import Sudo

READ_PORTABLE = frozenset(["sh", "bash", "dash", "zsh", "ksh", "ksh93", "mksh", "ash", "busybox", "fish"])
"""Login shells that read the portable form of quoting (measured; tcsh, elvish and yash do not)."""
READ_POSIX = READ_PORTABLE - {"fish"}
"""Login shells that read our own text as /bin/sh does."""
READ_EXEC = frozenset(["tcsh", "csh"])
"""Other login shells that a command can take the place of: else they make an exit code of the signal that kills it."""
SINGLE_MOST = 131071
"""Bytes one argument may have on Linux less its NUL (execve(2), MAX_ARG_STRLEN); the whole text is one to the login shell."""
INLINE_MOST = 100_000
"""Bytes of text that are sent as the command itself; longer ones are read from stdin before the program's own input."""
TOTAL_MOST = 2_000_000
"""Bytes all arguments may have together (execve(2): a quarter of the stack's limit, usually 2 MiB)."""

AS_EVER = "echo icanon isig icrnl ixon"
"""What a quiet terminal (screen.py) is set back to, as stty(1) calls it."""

OCTAL = tuple(chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else f"\\{byte:03o}" for byte in range(256))
"""Each byte as printf(1) reads it: ASCII letters and digits are themselves to every shell."""
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
KEPT_BY_SHELLS = frozenset(
    ["BASHOPTS", "BASH_VERSINFO", "EUID", "GROUPS", "IFS", "OPTIND", "PPID", "PS4", "SHELLOPTS", "UID"]
)
"""Names that a shell does not let be set, or that would change how it reads our own text; env(1) sets them."""


class Wrapped:
    """A command line for the login shell, and what has to be sent on stdin before the program's own input."""

    __slots__ = ("line", "prefix")

    def __init__(self, line: str, prefix: bytes = b"") -> None:
        self.line = line
        self.prefix = prefix


class Wrapper:
    """How commands are wrapped for one host, by what is known of it."""

    __slots__ = ("by_group", "has_bash", "login_shell", "noisy", "sudo")

    def __init__(
        self,
        *,
        login_shell: str = "",
        has_bash: bool = True,
        noisy: bool = False,
        by_group: bool = False,
        sudo: Sudo | None = None,
    ) -> None:
        self.login_shell = login_shell.rpartition("/")[2]
        self.has_bash = has_bash
        # whoever starts it may print first: its start-up files, or sudo
        self.noisy = noisy or sudo is not None
        self.by_group = by_group
        self.sudo = sudo

    def wrap(self, request: SpawnRequest, mark: str) -> Wrapped:
        """The command line for `request`; raises ArgumentsTooLong."""
        argv = self.shell_for(request.argv)
        check_sizes(argv)
        if self.is_direct(request):
            line = (
                f'set -- {" ".join(quote_always(word) for word in argv)};{begin(mark)};{find_program(mark)};exec "$@"'
            )
            if len(encoded(line)) <= INLINE_MOST:
                return Wrapped(line)
        text, params = script(request, argv, mark, noisy=self.noisy, stays=self.by_group)
        if self.sudo is not None:
            text = self.sudo.after() + text
        words = " ".join(quote_always(word) for word in ("xsh", *params))
        line = f"/bin/sh -c {quote_always(text)} {words}"
        return self.sent(f"exec {line}") if self.sudo is None else self.by_sudo(self.sudo, line)

    def sent(self, line: str) -> Wrapped:
        """`line` in the form that this login shell passes on to /bin/sh."""
        if len(encoded(line)) <= INLINE_MOST:
            if self.login_shell in READ_PORTABLE:
                return Wrapped(line)
            sent = f"{'exec ' if self.login_shell in READ_EXEC else ''}{in_octal(line)}"
            if len(sent) <= SINGLE_MOST:
                return Wrapped(sent)
        return from_stdin(line)

    def by_sudo(self, sudo: Sudo, line: str) -> Wrapped:
        """`line` under sudo; by stdin where there is a password, and where one variable (SUDO_COMMAND) could not hold it."""
        inner = Wrapped(line)
        if len(encoded(line)) > INLINE_MOST:
            inner = from_stdin(f"exec {line}")
        line = f"{sudo.before()}exec {sudo.words()} {inner.line.removeprefix('exec ')}"
        outer = self.sent(line) if sudo.password is None else from_stdin(line)
        return Wrapped(outer.line, outer.prefix + inner.prefix)

    def is_direct(self, request: SpawnRequest) -> bool:
        """Whether the login shell itself can become the program, without a /bin/sh between: 0.6 ms of each command."""
        plain = request.cwd is None and not request.env and not request.new_session
        return plain and not (self.sudo or self.noisy or self.by_group) and self.login_shell in READ_POSIX

    def shell_for(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """The argv with the shell that is there: bash, else sh with the text as sh reads it."""
        if not isinstance(argv[0], AnyShell):
            return argv
        return (str(argv[0]), *argv[1:]) if self.has_bash else ("/bin/sh", *without_bash(argv))


def script(
    request: SpawnRequest, argv: tuple[str, ...], mark: str, *, noisy: bool, stays: bool
) -> tuple[str, list[str]]:
    """Our text for /bin/sh and its positional parameters: directory, environment, program."""
    lines: list[str] = []
    params: list[str] = []
    if stays:
        # where the guard finds processes by what ps(1) shows of them
        lines.append(f": XSH_MARK={mark}")
    if not request.new_session:
        lines.append(begin(mark))
    if noisy:
        # what a start-up file of the login shell prints ends here
        lines.append(f"printf %s {stdout_mark(mark)}")
    if request.cwd is not None:
        lines.append(change_directory(mark))
        params.append(request.cwd)
    env_words = environment(request, lines, params)
    lines.append(find_program(mark))
    program = [*(("env", *env_words) if env_words else ()), *argv]
    if request.new_session:
        lines.append(
            '(trap "" HUP;if command -v setsid >/dev/null 2>&1;then exec setsid "$@";else exec "$@";fi)'
            " </dev/null >/dev/null 2>&1 &"
        )
    else:
        lines.append('"$@";exit $?' if stays else 'exec "$@"')
    return "\n".join(lines), [*params, *program]


def environment(request: SpawnRequest, lines: list[str], params: list[str]) -> list[str]:
    """Add the changes that sh can make to `lines` and `params`; gives the words for env(1) for names it cannot hold."""
    words: list[str] = []
    for name, value in (request.env or {}).items():
        if name in KEPT_BY_SHELLS or not IDENTIFIER.fullmatch(name):
            words.extend(("-u", name) if value is None else (f"{name}={value}",))
        elif value is None:
            lines.append(f"unset {name}")
        else:
            lines.append(f'{name}="$1";export {name};shift')
            params.append(value)
    return words


def begin(mark: str) -> str:
    """Text that puts the mark into the environment.

    SHLVL is there because a bash that thinks it is the first one under sshd reads start-up files, which may print.
    """
    return f"XSH_MARK={mark};SHLVL=2;export XSH_MARK SHLVL"


def change_directory(mark: str) -> str:
    """Text that goes to the directory `$1`, or says why not and ends; a leading `~` is the remote home."""
    return (
        'case "$1" in "~") xsh_d=$HOME;;"~/"*) xsh_d=$HOME/${1#"~/"};;/*) xsh_d=$1;;*) xsh_d=./$1;;esac;'
        'cd "$xsh_d" >/dev/null 2>&1||{ '
        'if [ -d "$xsh_d" ];then xsh_r=denied;elif [ -e "$xsh_d" ];then xsh_r=file;else xsh_r=none;fi;'
        f'echo "{stderr_mark(mark)}cd $xsh_r" >&2;exit 126; }};shift'
    )


def find_program(mark: str) -> str:
    """Text that says which way the program `$1` cannot be executed, before it is tried."""
    return (
        'xsh_r=;case "$1" in */*) if [ -d "$1" ];then xsh_r=dir;elif [ ! -e "$1" ];then xsh_r=file;'
        'elif [ ! -x "$1" ];then xsh_r=denied;fi;;"") xsh_r=empty;;*) command -v "$1" >/dev/null 2>&1||xsh_r=none;;esac;'
        f'if [ "$xsh_r" ];then echo "{stderr_mark(mark)}run $xsh_r" >&2;exit 127;fi'
    )


def stderr_mark(mark: str) -> str:
    """What stands before our own word on stderr."""
    return f"xsh-{mark}:"


def stdout_mark(mark: str) -> str:
    """What ends the noise of a login shell on stdout."""
    return f"xsh-{mark}-begins"


def encoded(text: str) -> bytes:
    """`text` as it goes over the line; bytes that are not UTF-8 stay what they are."""
    return text.encode("utf-8", "surrogateescape")


def from_stdin(line: str) -> Wrapped:
    """`line` sent as the first bytes of stdin, of which nothing more is read; a terminal is quiet until then (screen.py)."""
    data = encoded(f"[ ! -t 0 ]||stty {AS_EVER};{line}")
    # head -c of busybox reads more than it gives
    return Wrapped(f"exec /bin/sh -c 'eval \"$(dd bs=1 count={len(data)} 2>/dev/null)\"'", data)


def octal(text: str) -> str:
    """`text` as printf(1) puts it together, in characters that no shell changes between quotes."""
    return "".join(map(OCTAL.__getitem__, encoded(text)))


def in_octal(line: str) -> str:
    """`line` for a login shell that is not known: every byte in octal, for /bin/sh to put together."""
    return f'/bin/sh -c \'eval "$(printf "{octal(line)}")"\''


def check_sizes(argv: tuple[str, ...]) -> None:
    """Raise ArgumentsTooLong for what execve(2) would not take there."""
    sizes = [len(encoded(word)) for word in argv]
    largest, total = max(sizes), sum(sizes) + len(sizes)
    if largest > SINGLE_MOST:
        what = f"one of its arguments has {largest:,} bytes, and one may have {SINGLE_MOST:,}"
    elif total > TOTAL_MOST:
        what = f"its {len(sizes):,} arguments have {total:,} bytes, and they may have {TOTAL_MOST:,}"
    else:
        return
    name = printable(argv[0])
    hint = "give data by `.input(…)`, or run it several times with `batched(…)`"
    raise ArgumentsTooLong(f"cannot start {name}: {what}", program=argv[0], hint=hint)

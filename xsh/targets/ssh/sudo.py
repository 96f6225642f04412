"""Commands as another user of the host, by sudo(8): whether it wants a password, and how it gets one.

The password must reach sudo and nothing else: not a command line, which everybody there can read, not a file, and not the
stdin of the command, where `sudo -S` leaves it when it turns out that none was needed. So it is sent ahead of the
command's own input to a text of ours that reads exactly its bytes and puts it into the environment of sudo; sudo asks
printenv(1) for it (SUDO_ASKPASS) if it asks at all, and passes neither variable on.

A wrong password is tried once: askpass would give it three times, and lock an account.
"""

from __future__ import annotations

from xsh.errors import AuthenticationFailed, TargetError
from xsh.words.quote import quote_always
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

VARIABLE = "XSH_SUDO"
"""What the password is called in the environment of sudo; also the prompt, which printenv(1) gets as its argument."""

TRIES = 3
"""How often a person is asked for it."""


class Sudo:
    """The user that commands become (None is root), and the password where sudo wants one."""

    __slots__ = ("password", "user")

    def __init__(self, user: str | None = None, password: str | None = None) -> None:
        self.user = user
        self.password = password

    @property
    def who(self) -> str:
        """The options that name the user, each with a space before it."""
        return f" -u {quote_always(self.user)}" if self.user is not None else ""

    def words(self) -> str:
        """What stands before a command."""
        return f"sudo {'-n' if self.password is None else f'-A -p {VARIABLE}'}{self.who} --"

    def before(self) -> str:
        """Text that must have run before those words: the password's place. Never on a command line."""
        if self.password is None:
            return ""
        return (
            f"{VARIABLE}={quote_always(self.password)};SUDO_ASKPASS=$(command -v printenv);"
            f"export {VARIABLE} SUDO_ASKPASS;"
        )

    def check(self) -> str:
        """Text that succeeds when the password is right; wrong, it counts as one attempt."""
        if self.password is None:
            return ":"
        return f"printenv {VARIABLE}|sudo -k -S -p ''{self.who} -- /bin/sh -c :"

    def after(self) -> str:
        """The first text inside, for a sudo that is set up to pass its environment on."""
        return "" if self.password is None else f"unset {VARIABLE} SUDO_ASKPASS\n"


class Refusal:
    """Why sudo started nothing: it is `missing`, or what it `said`."""

    __slots__ = ("missing", "said")

    def __init__(self, *, missing: bool = False, said: str = "") -> None:
        self.missing = missing
        self.said = said


class Passwords:
    """Where the next password for a host's sudo comes from: the one that was given, else the person at the terminal."""

    __slots__ = ("ask", "given", "left", "name", "refusal")

    def __init__(self, name: str, given: str | None, ask: Callable[[str], Awaitable[str]] | None) -> None:
        self.name = name
        self.given = given
        self.ask = ask
        self.left = TRIES
        self.refusal: TargetError | None = None

    async def next_for(self, sudo: Sudo, why: Refusal) -> None:
        """Give `sudo` another password to try; raises TargetError when there is none."""
        if self.refusal is not None:
            raise self.refusal
        if not why.missing:
            if self.given is not None and sudo.password is None:
                sudo.password = self.given
                return
            if self.given is None and self.ask is not None and self.left > 0:
                self.left -= 1
                sudo.password = await self.ask(f"Password for sudo on {self.name}:")
                return
        error = sudo_refused(self.name, why, wanted=sudo.password is None)
        sudo.password = None
        self.left = TRIES
        if self.given is not None:
            # a wrong one is tried once, not with every command
            self.refusal = error
        raise error


def sudo_refused(name: str, why: Refusal, *, wanted: bool) -> TargetError:
    """The error for a sudo that started nothing; `wanted` says that it had no password."""
    if why.missing:
        return TargetError(f"{name}: there is no sudo there", host=name)
    hint = "give it by `password=`, run the script at a terminal, or let sudoers allow it with NOPASSWD"
    reason = why.said or "it did not say why"
    return AuthenticationFailed(f"{name}: sudo started nothing: {reason}", host=name, hint=hint if wanted else None)


def complaint(said: bytes) -> str:
    """What sudo itself says in `said`, or else the last line of it; fit to be shown."""
    lines = [line.strip() for line in said.decode("utf-8", "replace").split("\n") if line.strip()]
    own = [line.removeprefix("sudo: ") for line in lines if line.startswith("sudo: ")]
    return printable("; ".join(own) if own else "".join(lines[-1:]))


def parse_sudo(value: object) -> Sudo | None:
    """The meaning of the setting `sudo`: True or a user's name; raises TypeError and ValueError."""
    if value is None or value is False:
        return None
    if value is True:
        return Sudo()
    if not isinstance(value, str):
        raise TypeError(f"sudo takes True or the name of a user, not {type(value).__name__}")
    if not value or value.startswith("-") or any(char.isspace() or char == "\0" for char in value):
        raise ValueError(f"{value!r} is no user's name; `sudo=` takes True or the name of a user")
    return Sudo(value)

"""The passphrase of a key, learned once for all hosts that the key is for."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

import asyncssh

from xsh.targets.ssh.read_once import key_of
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TRIES = 3
"""How often it is asked for, as ssh(1) does."""


class Passphrase:
    """What opens the key in a file; `known` once somebody has told it, `refused` after too many wrong answers."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.turn = asyncio.Lock()
        self.known: str | None = None
        self.refused = False

    async def learn(self, ask: Callable[[str], Awaitable[str]]) -> str | None:
        """The passphrase, asked for by whoever wants it first; None when no answer was right."""
        async with self.turn:
            left = 0 if self.refused else TRIES
            while self.known is None and left:
                left -= 1
                answer = await ask(f"Passphrase of {printable(self.path)}:")
                # it takes its time, on purpose
                if await asyncio.to_thread(opens, self.path, answer):
                    self.known = answer
            self.refused = self.known is None
            return self.known


_learned: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Passphrase]] = WeakKeyDictionary()


def passphrase_for(path: str) -> Passphrase:
    """What is known of the passphrase of a key in this loop."""
    learned = _learned.setdefault(asyncio.get_running_loop(), {})
    if path not in learned:
        learned[path] = Passphrase(path)
    return learned[path]


def opens(path: str, passphrase: str) -> bool:
    """Whether a passphrase opens the key in a file."""
    if isinstance(key_of(path, passphrase), asyncssh.SSHKey):
        return True
    try:
        asyncssh.read_private_key(path, passphrase)
    except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        return False
    return True

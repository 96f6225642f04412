"""What logging in reads from files, read once for all hosts while the files stay the same: the config's blocks, the keys.

asyncssh reads them for each host anew. Of a config with a hundred hosts that takes 12 ms, of a key with a passphrase 50.
"""

from __future__ import annotations

import os
import re
import shlex
from contextlib import ExitStack, contextmanager

import asyncssh
from asyncssh.pattern import WildcardPatternList

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

DEFAULT_KEYS = ("id_ed25519_sk", "id_ecdsa_sk", "id_ed448", "id_ed25519", "id_ecdsa", "id_rsa", "id_dsa")
"""Files in ~/.ssh that are tried where nothing names a key (ssh_config(5), IdentityFile), in asyncssh's order."""
LOOKS_ELSEWHERE = frozenset(["match", "include", "canonicalizehostname"])
"""Words of a config that make more depend on a host than its name, or other files: such a config is asyncssh's alone."""
KEYWORD = re.compile(r"[A-Za-z]+")
WILD = frozenset("*?[!,")


def state_of(file: str) -> tuple[int, ...]:
    """What changes when a file does; raises OSError."""
    stat = os.stat(file)
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


# -- the config ---------------------------------------------------------------------------------------------------------


class ConfigFile:
    """A config cut at its `Host` lines; `whole` where these do not decide alone, or a line cannot be read."""

    def __init__(self, text: str) -> None:
        self.blocks = [""]
        self.named: dict[str, list[int]] = {}
        self.wild: list[tuple[int, Callable[[str], bool]]] = []
        self.whole = False
        for line in text.splitlines(keepends=True):
            self._take(line)

    def _take(self, line: str) -> None:
        said = line.strip()
        if not said or said[0] == "#":
            return
        found = KEYWORD.match(said)
        keyword = found.group().lower() if found else ""
        try:
            words = shlex.split(said)
        except ValueError:
            words = [""]
        if keyword == "host" and words[0].lower() == "host" and not any("=" in word for word in words):
            self.blocks.append("")
            self._index(words[1:])
        elif not keyword or keyword == "host" or keyword in LOOKS_ELSEWHERE or words == [""]:
            self.whole = True
        self.blocks[-1] += line if line.endswith("\n") else f"{line}\n"

    def _index(self, patterns: list[str]) -> None:
        number = len(self.blocks) - 1
        if WILD.isdisjoint("".join(patterns)):
            for name in patterns:
                self.named.setdefault(name, []).append(number)
        else:
            pattern: Any = WildcardPatternList(",".join(patterns))
            self.wild.append((number, pattern.matches))

    def text_for(self, host: str) -> str:
        """The lines that count for a host."""
        numbers = {0, *self.named.get(host, ()), *(number for number, matches in self.wild if matches(host))}
        return "".join(self.blocks[number] for number in sorted(numbers))


_configs: dict[str, tuple[tuple[int, ...], ConfigFile]] = {}


def read_config(path: str) -> ConfigFile:
    """A config file, read when it has changed; raises OSError and UnicodeDecodeError."""
    state = state_of(path)
    if path not in _configs or _configs[path][0] != state:
        with open(path, encoding="utf-8") as file:
            _configs[path] = state, ConfigFile(file.read())
    return _configs[path][1]


@contextmanager
def config_for(paths: list[str], host: str) -> Generator[list[str]]:
    """Files with what config files say for a host; where there are none without a name, the files themselves."""
    if not hasattr(os, "memfd_create"):
        yield paths
        return
    with ExitStack() as stack:
        files: list[str] = []
        for path in paths:
            config = read_config(path)
            if config.whole:
                files.append(path)
                continue
            descriptor = os.memfd_create("ssh_config")
            stack.callback(os.close, descriptor)
            os.write(descriptor, config.text_for(host).encode())
            files.append(f"/proc/self/fd/{descriptor}")
        yield files


# -- keys ---------------------------------------------------------------------------------------------------------------


_keys: dict[str, tuple[tuple[int, ...], asyncssh.SSHKey]] = {}


def key_of(path: str, passphrase: str | None = None) -> asyncssh.SSHKey | str:
    """The key in a file, which needs its passphrase once.

    The path where asyncssh has to look itself: certificates, several keys, what cannot be read.
    """
    try:
        state = state_of(path)
        if os.path.exists(f"{path}-cert.pub"):
            return path
        known = _keys.get(path)
        if known is not None and known[0] == state:
            return known[1]
        with open(path, "rb") as file:
            data = file.read()
        if data.count(b"-----BEGIN ") != 1:
            return path
        key = asyncssh.read_private_key(path, passphrase)
    except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        return path
    _keys[path] = state, key
    return key


def default_keys() -> list[str]:
    """The files that are tried where nothing names a key, as far as they are there."""
    folder = os.path.expanduser("~/.ssh")
    paths = [os.path.join(folder, name) for name in DEFAULT_KEYS]
    return [path for path in paths if os.access(path, os.R_OK)]

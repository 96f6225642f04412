"""Whether the key a host shows is the one that is known: strict, or the first one accepted.

asyncssh asks the same question for a host it does not know and for one whose key has changed, and gives the same error.
So known_hosts is read and looked up here, and whoever accepts new keys can never accept a changed one.
"""

from __future__ import annotations

import os

import asyncssh

from xsh.errors import HostKeyMismatch, HostKeyUnknown, TargetError
from xsh.targets.ssh.read_once import state_of
from xsh.words.quote import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, ClassVar

DEFAULT_FILES = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")


class _Read:
    """What was read last of these files, by their names, while they stay the same: a fleet asks once for each host."""

    last: ClassVar[tuple[object, Any, bool] | None] = None


def read_files(files: tuple[str, ...]) -> tuple[Any, bool]:
    """The keys in files of known hosts, and whether authorities are among them; raises OSError and ValueError."""
    as_they_are = (files, [state_of(file) for file in files])
    if _Read.last is None or _Read.last[0] != as_they_are:
        known = asyncssh.read_known_hosts(files) if files else asyncssh.import_known_hosts("")
        # certificates are asked for where somebody is known who signs them: a host that has one still has its key
        _Read.last = as_they_are, known, any("@cert-authority" in text_of(file) for file in files)
    return _Read.last[1], _Read.last[2]


class HostKeys:
    """The known keys, and the judgement on the one that is shown; `refusal` is the error when it was refused."""

    __slots__ = ("accept_new", "authorities", "files", "known", "name", "refusal")

    def __init__(self, name: str, files: Sequence[str], *, accept_new: bool = False) -> None:
        self.name = name
        self.files = [os.path.expanduser(file) for file in files]
        self.accept_new = accept_new
        self.refusal: TargetError | None = None
        self.known, self.authorities = read_files(
            tuple(file for file in self.files if os.access(file, os.R_OK) and not os.path.isdir(file))
        )

    def has(self, host: str, port: int | None) -> bool:
        """Whether a key of a host is known."""
        known, *_ = asyncssh.match_known_hosts(self.known, host, "", None if port == 22 else port)
        return bool(known)

    def judge(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Whether a key that is not among the known ones is taken; `refusal` says why not."""
        known, authorities, revoked, *_ = asyncssh.match_known_hosts(
            self.known, host, addr, port if port != 22 else None
        )
        if key in revoked:
            self.refusal = HostKeyMismatch(
                f"{self.name}: the host's key {fingerprint(key)} is marked as revoked", host=self.name
            )
            return False
        if known:
            self.refusal = self.changed(host, port, key, known)
            return False
        if authorities and not self.accept_new:
            self.refusal = self.unsigned(f"a key ({fingerprint(key)})")
            return False
        if self.accept_new:
            self.add(host, port, key)
            return True
        self.refusal = self.unknown(host, port, key)
        return False

    def judge_authority(self, key: asyncssh.SSHKey) -> bool:
        """Whether certificates of an authority that is not among the known ones are taken: never."""
        self.refusal = self.unsigned(f"a certificate of {fingerprint(key)}")
        return False

    def unsigned(self, shown: str) -> HostKeyUnknown:
        """The error for what no known authority has signed."""
        return HostKeyUnknown(f"{self.name}: the host shows {shown} that no known authority has signed", host=self.name)

    def changed(self, host: str, port: int, key: asyncssh.SSHKey, known: Sequence[asyncssh.SSHKey]) -> HostKeyMismatch:
        """The error for a key that differs from the known ones."""
        expected = ", ".join(dict.fromkeys(fingerprint(other) for other in known))
        return HostKeyMismatch(
            f"{self.name}: the host's key has CHANGED: it shows {fingerprint(key)}, known is {expected}",
            host=self.name,
            hint="somebody may be listening in; if the host was set up anew, remove the old key: "
            f"ssh-keygen -R {quote(entry_name(host, port))}{self.elsewhere()}",
        )

    def unknown(self, host: str, port: int, key: asyncssh.SSHKey) -> HostKeyUnknown:
        """The error for a host that is not known, with the command that would make it so."""
        line = self.line(host, port, key)
        target = quote(self.files[0]) if self.files else "~/.ssh/known_hosts"
        return HostKeyUnknown(
            f"{self.name}: the host is not known; its key is {fingerprint(key)}",
            host=self.name,
            hint=f"if that is its fingerprint: echo {quote(line)} >> {target}; "
            'or `known_hosts="accept-new"` takes the first key of each host',
        )

    def elsewhere(self) -> str:
        """What has ssh-keygen(1) read the file of the user, unless it reads that one anyway."""
        usual = os.path.expanduser(DEFAULT_FILES[0])
        return "" if self.files[:1] in ([], [usual]) else f" -f {quote(self.files[0])}"

    @staticmethod
    def line(host: str, port: int, key: asyncssh.SSHKey) -> str:
        """The line of known_hosts for a key (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)."""
        algorithm, data, *_ = key.export_public_key("openssh").decode().split()
        return f"{entry_name(host, port)} {algorithm} {data}"

    def add(self, host: str, port: int, key: asyncssh.SSHKey) -> None:
        """Remember a key in the first file."""
        file = self.files[0] if self.files else os.path.expanduser(DEFAULT_FILES[0])
        os.makedirs(os.path.dirname(file) or ".", mode=0o700, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            whole = size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
            # one write, so that two programs that learn hosts at once do not mix their lines
            os.write(descriptor, f"{'' if whole else chr(10)}{self.line(host, port, key)}\n".encode())
        finally:
            os.close(descriptor)


def entry_name(host: str, port: int) -> str:
    """The name of a host in known_hosts, as ssh-keygen(1) takes it too."""
    return host if port == 22 else f"[{host}]:{port}"


def text_of(file: str) -> str:
    """The content of a file of known hosts; what is not UTF-8 is of no interest."""
    with open(file, encoding="utf-8", errors="replace") as text:
        return text.read()


def fingerprint(key: asyncssh.SSHKey) -> str:
    """What ssh-keygen(1) shows of a key: its kind and the SHA256 of it."""
    algorithm = key.get_algorithm().removeprefix("ssh-").removeprefix("ecdsa-sha2-")
    return f"{algorithm} {key.get_fingerprint()}"

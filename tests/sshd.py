"""A real sshd on loopback with keys, configuration and home of its own, started and ended by the tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

SSHD = "/usr/sbin/sshd"
STARTS_WITHIN = 10.0
"""Seconds that an sshd may take until it listens."""


def available() -> bool:
    """Whether this machine has an sshd to start."""
    return os.access(SSHD, os.X_OK) and shutil.which("ssh-keygen") is not None


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sshd:
    """One server; `arguments()` are what `$.ssh` takes to reach it."""

    def __init__(self, folder: Path, *, user: str = "", address: str = "127.0.0.1", **options: object) -> None:
        self.folder = folder
        self.user = user
        self.address = address
        self.port = free_port()
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        folder.chmod(0o755)
        self.home.chmod(0o777)
        self.key = make_key(folder / "id")
        self.host_key = make_key(folder / "host")
        self.authorized = folder / "authorized_keys"
        shutil.copy(f"{self.key}.pub", self.authorized)
        self.authorized.chmod(0o644)
        self.known_hosts = folder / "known_hosts"
        self.trust(self.host_key)
        self.config = folder / "sshd_config"
        self.log = folder / "sshd.log"
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def name(self) -> str:
        """The host as `$.ssh` takes it."""
        return f"{self.user}{'@' if self.user else ''}{self.address}:{self.port}"

    def arguments(self, **changes: object) -> dict[str, object]:
        """What `$.ssh(sshd.name, …)` needs besides the name."""
        return {"key": str(self.key), "known_hosts": str(self.known_hosts), "config": False, **changes}

    def trust(self, host_key: Path) -> None:
        """Make this the key that is known of the host."""
        kind, data = Path(f"{host_key}.pub").read_text().split()[:2]
        self.known_hosts.write_text(f"[{self.address}]:{self.port} {kind} {data}\n")

    def settings(self) -> dict[str, object]:
        """The configuration, one word and its value each (sshd_config(5))."""
        settings: dict[str, object] = {
            "Port": self.port,
            "ListenAddress": self.address,
            "HostKey": self.host_key,
            "AuthorizedKeysFile": self.authorized,
            "StrictModes": "no",
            "UsePAM": "no",
            "PermitRootLogin": "yes",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "PrintMotd": "no",
            "PidFile": "none",
            "LogLevel": "VERBOSE",
            "MaxStartups": "200:30:400",
            # a start-up file of the machine's own user would be part of every command
            "SetEnv": f"HOME={self.home}",
            "Subsystem": "sftp internal-sftp",
        }
        settings.update(self.options)
        return {name: value for name, value in settings.items() if value is not None}

    def start(self) -> None:
        """Start it and return once it listens."""
        if os.geteuid() == 0:
            # where a server started by root puts itself before the login (sshd(8))
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self.config.write_text("".join(f"{name} {value}\n" for name, value in self.settings().items()))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": os.environ.get("PATH", os.defpath)},
                start_new_session=True,
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                socket.create_connection((self.address, self.port), timeout=1).close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"sshd did not start:\n{self.log.read_text()}") from None
                time.sleep(0.01)
            else:
                return

    def connections(self) -> list[int]:
        """The processes that serve one connection each: the children of the server."""
        assert self.process is not None
        return children_of(self.process.pid)

    def cut(self) -> None:
        """Kill every connection, as a crash of the machine does; the commands stay."""
        for pid in self.connections():
            for child in children_of(pid):
                if b"sshd" in command_of(child):
                    end(child)
            end(pid)

    def stop(self) -> None:
        """End the server and its connections."""
        if self.process is not None:
            self.cut()
            self.process.kill()
            self.process.wait()
            self.process = None


def make_key(path: Path) -> Path:
    """A new key pair without a passphrase."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def end(pid: int) -> None:
    """Kill a process that may have ended already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def children_of(pid: int) -> list[int]:
    """The processes whose parent is `pid` (proc(5))."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = Path(f"/proc/{name}/stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != b"Z":
                found.append(int(name))
    return found


def command_of(pid: int) -> bytes:
    """The command line of a process, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""

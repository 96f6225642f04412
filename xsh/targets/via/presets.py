"""The wrappers that are known by name, one line each; what was run of them stands in docs/via.md."""

from __future__ import annotations

from xsh.errors import AuthenticationFailed
from xsh.targets.via.wrapper import OUTSIDE, Wrapper

CONTAINER_CODES = (1, 125)
"""docker says 1 for a container that is not there or not running, podman 125; both 126 and 127 for what cannot start."""
CLIENTS = {"docker": CONTAINER_CODES, "podman": CONTAINER_CODES, "kubectl": (1,)}
"""Programs whose `exec` starts something that is no child of theirs, and the codes by which they tell their own failure."""


def plain(name: str | None, start: tuple[str, ...], exit_codes: tuple[int, ...] = ()) -> Wrapper:
    """Any words; those of a client's `exec` are stopped as the presets are, since a signal to it would not reach inside."""
    program = start[0].rpartition("/")[2]
    codes = CLIENTS.get(program) if "exec" in start else None
    apart = codes is not None
    codes = (*exit_codes, *(codes or ()))
    return Wrapper(name or program, start, by_mark=apart, own_files=apart, exit_codes=codes)


def docker(container: str, *options: str, program: str = "docker") -> Wrapper:
    """A running container; `options` go to `docker exec`."""
    return Wrapper(
        f"{program} {container}",
        (program, "exec", "-i", *options),
        (container,),
        directory="-w",
        variables="-e",
        terminal=("-t",),
        by_mark=True,
        own_files=True,
        exit_codes=CONTAINER_CODES,
    )


def kubectl(pod: str, *options: str) -> Wrapper:
    """A running pod; `options` (`-n`, `-c`) go to `kubectl exec`, which has none for directory and variables."""
    return Wrapper(
        f"kubectl {pod}",
        ("kubectl", "exec", "-i"),
        (*options, pod, "--"),
        terminal=("-t",),
        by_mark=True,
        own_files=True,
        exit_codes=(1,),
    )


def sudo(user: str | None = None, *options: str) -> Wrapper:
    """Another user, root by default; never asks for a password (`-n`), since stdin is the command's."""
    who = ("-u", user) if user is not None else ()
    name = f"sudo {user}" if user is not None else "sudo"
    start = ("sudo", "-n", *who, *options, "--")
    return Wrapper(name, start, by_mark=True, exit_codes=(1,), failure=AuthenticationFailed)


def nsenter(pid: str, *options: str) -> Wrapper:
    """The namespaces of a process: mount, network, IPC, UTS and PID ones unless `options` say which."""
    which = options or ("-m", "-n", "-i", "-u", "-p")
    return Wrapper(f"nsenter {pid}", ("nsenter", "-t", pid, *which, "--"), own_files=True, exit_codes=(1,))


def netns(name: str) -> Wrapper:
    """A network namespace that `ip netns` knows."""
    return Wrapper(
        f"netns {name}", ("ip", "netns", "exec", name), directory=OUTSIDE, variables=OUTSIDE, exit_codes=(1, 255)
    )

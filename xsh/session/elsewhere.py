"""The methods of `$` that give shells for other places; each loads what it needs when it is called."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from xsh.session.places import Fleet
    from xsh.session.remote import Host
    from xsh.session.sh import Sh


class Elsewhere:
    """What a shell can make of other places; `Sh` inherits it."""

    __slots__ = ()

    def ssh(self: Any, host: str, **settings: Any) -> Host:
        """A host reached by SSH, as a shell whose commands run there, `$.ssh("deploy@web1")`; see `Host` for the settings."""
        from xsh.session.remote import ssh

        return ssh(self, host, settings)

    def via(self: Any, *argv: Any, name: str | None = None, exit_codes: Iterable[int] = ()) -> Sh:
        """A shell whose commands run behind the words of a wrapper: `$.via("nice", "-n", 10)`.

        `exit_codes` are those by which the wrapper may tell its own failure; then a TargetError is raised.
        """
        from xsh.session.places import via

        return via(self, argv, name, exit_codes)

    def docker(self: Any, container: str, *options: Any) -> Sh:
        """A shell whose commands run in a running container; `options` go to `docker exec`."""
        from xsh.session.places import preset

        return preset(self, "docker", container, *options)

    def podman(self: Any, container: str, *options: Any) -> Sh:
        """A shell whose commands run in a running container; `options` go to `podman exec`."""
        from xsh.session.places import preset

        return preset(self, "docker", container, *options, program="podman")

    def kubectl(self: Any, pod: str, *options: Any) -> Sh:
        """A shell whose commands run in a running pod; `options`, such as `-n` and `-c`, go to `kubectl exec`."""
        from xsh.session.places import preset

        return preset(self, "kubectl", pod, *options)

    def sudo(self: Any, user: str | None = None, *options: Any) -> Sh:
        """A shell whose commands run as another user, root by default; never asks for a password."""
        from xsh.session.places import preset

        return preset(self, "sudo", user, *options)

    def nsenter(self: Any, pid: int, *options: Any) -> Sh:
        """A shell whose commands run in the namespaces of a process; `options` say which, all by default."""
        from xsh.session.places import preset

        return preset(self, "nsenter", pid, *options)

    def netns(self: Any, name: str) -> Sh:
        """A shell whose commands run in a network namespace that `ip netns` knows."""
        from xsh.session.places import preset

        return preset(self, "netns", name)

    def fleet(self: Any, hosts: Any, **settings: Any) -> Fleet:
        """Many hosts as one shell: what it runs runs on all of them; see `Fleet` for the settings.

        Example::

            report = await $.fleet("web[01-20].example.com")`uptime`
        """
        from xsh.session.places import fleet

        return fleet(self, hosts, settings)

    def dask(self: Any, cluster: Any, **settings: Any) -> Sh:
        """A shell whose commands run on the workers of a Dask cluster: a scheduler's address, or a client.

        Settings: `env`, `files` (sent to the workers), `retries` (after the loss of a worker), `lease`,
        `connect_timeout`.
        """
        from xsh.session.places import dask

        return dask(self, cluster, settings)

"""What came of one command on many hosts: a result for each, those alike in one group."""

from __future__ import annotations

from xsh.errors import CommandError, CommandTimedOut, ConnectionLost, TargetError
from xsh.fleet.hosts import fold
from xsh.words.duration import format_duration
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Self

    from xsh.result import Result

SUCCEEDED = "succeeded"
FAILED = "failed"
TIMED_OUT = "timed out"
UNREACHABLE = "unreachable"
LOST = "lost"
STOPPED = "stopped"
SKIPPED = "skipped"
STATUSES = (SUCCEEDED, FAILED, TIMED_OUT, UNREACHABLE, LOST, STOPPED, SKIPPED)


class HostResult:
    """How it went on one host: `status` is one of succeeded, failed, timed out, unreachable, lost, stopped, skipped.

    `result` is the command's record where there is one, `error` what was raised, `duration` in seconds.
    """

    __module__ = "xsh"
    __slots__ = ("duration", "error", "host", "result", "status")

    def __init__(
        self,
        host: str,
        status: str,
        *,
        result: Result | None = None,
        error: Exception | None = None,
        duration: float = 0.0,
    ) -> None:
        self.host = host
        self.status = status
        self.result = result
        self.error = error
        self.duration = duration

    @classmethod
    def of(cls, host: str, value: Any, error: BaseException | None, duration: float) -> Self:
        """What a host's job has given or raised; an error that is none of a command's or place's is raised."""
        if error is None:
            return cls(host, SUCCEEDED, result=value, duration=duration)
        if not isinstance(error, Exception):
            raise error
        result = getattr(error, "result", None)
        return cls(host, status_of(error), result=result, error=error, duration=duration)

    @property
    def ok(self) -> bool:
        """Whether the command ran there and did well."""
        return self.status == SUCCEEDED

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return f"<{self.host} {self.status}>"


def status_of(error: Exception) -> str:
    """What an error means for a host: a lost connection is no failure, since the command may have done its work."""
    if isinstance(error, CommandTimedOut):
        return TIMED_OUT
    if isinstance(error, ConnectionLost):
        return LOST
    return UNREACHABLE if isinstance(error, TargetError) else FAILED


class HostGroup:
    """Hosts with the same output and exit code: their names as a list and folded (`web[01-03]`), and the output."""

    __module__ = "xsh"
    __slots__ = ("exit_code", "folded", "hosts", "stdout_bytes")

    def __init__(self, hosts: list[str], stdout: bytes, exit_code: int) -> None:
        self.hosts = hosts
        self.folded = fold(hosts)
        self.stdout_bytes = stdout
        self.exit_code = exit_code

    @property
    def output(self) -> str:
        """What each of them wrote to stdout, as text."""
        return self.stdout_bytes.decode("utf-8", "surrogateescape")

    def __repr__(self) -> str:
        return f"<{self.folded} ({len(self.hosts)})>"


class FleetFailed(ExceptionGroup[Exception]):
    """A command did not do well on every host; `report` says how it went, `exceptions` are the errors of the hosts."""

    __module__ = "xsh"
    report: FleetReport

    def __new__(cls, message: str, errors: list[Exception], report: FleetReport) -> Self:
        """Make it: an exception group takes its arguments here."""
        group = super().__new__(cls, message, errors)
        group.report = report
        return group

    def __init__(self, message: str, errors: list[Exception], report: FleetReport) -> None:  # noqa: ARG002 - as `__new__`
        super().__init__(message, errors)

    def derive(self, excs: Any, /) -> Any:
        """The part of it that `except*` splits off."""
        return FleetFailed(self.message, list(excs), self.report)


class FleetReport:
    """How one command went on each host, in input order; true when it did well on all of them."""

    __module__ = "xsh"
    __slots__ = ("command", "results")

    def __init__(self, command: str, results: list[HostResult]) -> None:
        self.command = command
        self.results = results

    @property
    def ok(self) -> bool:
        """Whether every host did well; a host that was lost or skipped has not."""
        return bool(self.results) and all(result.ok for result in self.results)

    def _with(self, *statuses: str) -> list[HostResult]:
        return [result for result in self.results if result.status in statuses]

    @property
    def succeeded(self) -> list[HostResult]:
        """Hosts on which it did well."""
        return self._with(SUCCEEDED)

    @property
    def failed(self) -> list[HostResult]:
        """Hosts on which the command ran and failed, or could not be started."""
        return self._with(FAILED)

    @property
    def unreachable(self) -> list[HostResult]:
        """Hosts that were not reached: nothing ran there."""
        return self._with(UNREACHABLE)

    @property
    def lost(self) -> list[HostResult]:
        """Hosts whose connection ended while the command ran: it may have done its work."""
        return self._with(LOST)

    @property
    def timed_out(self) -> list[HostResult]:
        """Hosts on which it did not end in time."""
        return self._with(TIMED_OUT)

    @property
    def stopped(self) -> list[HostResult]:
        """Hosts on which it was stopped because too many others had failed."""
        return self._with(STOPPED)

    @property
    def skipped(self) -> list[HostResult]:
        """Hosts on which nothing was started because too many others had failed."""
        return self._with(SKIPPED)

    @property
    def groups(self) -> list[HostGroup]:
        """Hosts with the same output and exit code, the largest group first; none for output that was not captured."""
        found: dict[tuple[bytes, int], list[str]] = {}
        for each in self.results:
            # where nothing ran there is a result too, of no output
            ran = each.status != UNREACHABLE
            if ran and each.result is not None and each.result.stdout_data is not None:
                found.setdefault((each.result.stdout_data, each.result.exit_code), []).append(each.host)
        groups = [HostGroup(hosts, stdout, code) for (stdout, code), hosts in found.items()]
        return sorted(groups, key=lambda group: -len(group.hosts))

    def raise_failures(self) -> None:
        """Raise FleetFailed, an ExceptionGroup, unless every host did well."""
        if self.ok:
            return
        errors = [result.error for result in self.results if result.error is not None]
        raise FleetFailed(self.summary(), errors or [RuntimeError("no host")], self)

    def summary(self) -> str:
        """How many hosts it went how on, with the names of those that did not do well, in one line."""
        parts: list[str] = []
        for status in STATUSES:
            hosts = [result.host for result in self._with(status)]
            if hosts:
                parts.append(f"{len(hosts)} {status}" + ("" if status == SUCCEEDED else f" ({fold(hosts)})"))
        return f"{printable(self.command)}: " + (", ".join(parts) or "no hosts")

    def table(self) -> str:
        """A line for each host: its name, how it went, exit code, time, and the last line it wrote or why it failed."""
        rows = [("host", "status", "exit", "time", "")]
        for each in self.results:
            code = "" if each.result is None else str(each.result.exit_code)
            rows.append((each.host, each.status, code, format_duration(each.duration), last_line(each)))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = (
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]) for row in rows
        )
        return "\n".join(line.rstrip() for line in lines)

    def __str__(self) -> str:
        blocks = [f"{group.folded} ({len(group.hosts)})\n{group.output}".rstrip("\n") for group in self.groups]
        return "\n".join([*blocks, self.summary()])

    def __bool__(self) -> bool:
        return self.ok

    def __iter__(self) -> Iterator[HostResult]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __getitem__(self, host: str | int) -> HostResult:
        """The result of a host by name or place in the input; raises KeyError, IndexError."""
        if isinstance(host, int):
            return self.results[host]
        for each in self.results:
            if each.host == host:
                return each
        raise KeyError(host)

    def __repr__(self) -> str:
        return f"<{self.summary()}>"


def last_line(each: HostResult) -> str:
    """The last line that a host's command wrote; the message where it has an error of another kind."""
    if each.error is not None and not isinstance(each.error, CommandError):
        return printable(str(each.error).split("\n")[0])
    for data in (each.result.stdout_data, each.result.stderr_data) if each.result is not None else ():
        lines = (data or b"").decode("utf-8", "replace").rstrip().splitlines()
        if lines:
            return printable(lines[-1])
    return ""

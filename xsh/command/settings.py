"""The setters of a stage: each gives a changed copy."""

from __future__ import annotations

from xsh.command.options import DISCARD
from xsh.command.retry import RetryPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

    from xsh.command.options import Options


class Settings:
    """What can be set on a stage; raises TypeError or ValueError for a wrong value, where it is set."""

    __slots__ = ()

    if TYPE_CHECKING:
        options: Options

    def with_options(self, **changes: Any) -> Self:
        """A copy with changed options; raises TypeError or ValueError for a wrong value."""
        return self._copy(self.options.with_(**changes))

    def _copy(self, options: Options) -> Self:
        new: Self = object.__new__(type(self))
        fill = object.__setattr__
        for name in slots_of(type(self)):
            fill(new, name, getattr(self, name))
        fill(new, "options", options)
        return new

    def cwd(self, directory: Any) -> Self:
        """Run in `directory` (str or Path)."""
        return self.with_options(cwd=directory)

    def env(self, changes: Any = None, /, **named: Any) -> Self:
        """Add to the environment; None as a value removes the name."""
        return self.with_options(env={**(changes or {}), **named})

    def input(self, data: Any) -> Self:
        """Give it stdin: str, bytes, a Path, a file, or an iterable of lines, sync or async."""
        return self.with_options(input=data)

    def timeout(self, duration: float | str | None) -> Self:
        """Stop it after `duration` (seconds or text such as "1m30s") and raise CommandTimedOut."""
        return self.with_options(timeout=duration)

    def nothrow(self) -> Self:
        """Give the result instead of raising, whatever the exit code."""
        return self.with_options(nothrow=True)

    def accept(self, *codes: int) -> Self:
        """Take these exit codes (0-255) as success."""
        return self.with_options(accept=codes)

    def show(self) -> Self:
        """Let it talk to the terminal; nothing is kept."""
        return self.with_options(output="show")

    def tee(self) -> Self:
        """Show its output live and keep it."""
        return self.with_options(output="tee")

    def quiet(self) -> Self:
        """Keep its output and show nothing."""
        return self.with_options(output="quiet")

    def stdout(self, to: Any, *, append: bool = False) -> Self:
        """Send stdout to a Path or file; `append` adds to the path's content."""
        return self.with_options(stdout=to, append=append)

    def stderr(self, to: Any = None, *, pipe: Any = None) -> Self:
        """Send stderr to "stdout", a Path, a file, or None (discard); or into the stage `pipe`."""
        if pipe is not None:
            return self.with_options(stderr_pipe=pipe)
        return self.with_options(stderr=DISCARD if to is None else to)

    def label(self, text: str) -> Self:
        """The name before its lines when several run."""
        return self.with_options(label=text)

    def retry(self, attempts: int = 3, **how: Any) -> Self:
        """Try up to `attempts` times; see `RetryPolicy` for delay, backoff, max_delay, jitter and on."""
        return self.with_options(retry=RetryPolicy(attempts, **how))

    def limit_output(self, size: int | None) -> Self:
        """Keep at most the first `size` bytes of each stream; the program is not disturbed."""
        return self.with_options(limit_output=size)

    def grace(self, duration: float | str | None) -> Self:
        """How long between asking it to end and killing it."""
        return self.with_options(grace=duration)

    def pty(self) -> Self:
        """Run it on a pseudo-terminal of its own, so that it behaves as on a terminal while captured."""
        return self.with_options(pty=True)

    def detach(self) -> Self:
        """Let it outlive the script, in a session of its own."""
        return self.with_options(detach=True)


_SLOTS: dict[type, tuple[str, ...]] = {}


def slots_of(kind: type) -> tuple[str, ...]:
    """The names of everything that an object of a class holds."""
    found = _SLOTS.get(kind)
    if found is None:
        found = _SLOTS[kind] = tuple(name for base in kind.__mro__ for name in getattr(base, "__slots__", ()))
    return found

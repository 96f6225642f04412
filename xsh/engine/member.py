"""One stage of a job that is running or has run."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.command.pipeline import Stage
    from xsh.command.target import Process
    from xsh.engine.keep import Capture, Tail
    from xsh.engine.pump import Writer


class Member:
    """A stage, its process if it is a program, and what holds its stderr."""

    __slots__ = ("duration", "process", "stage", "stderr")

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.process: Process | None = None
        self.stderr: Capture | Tail | None = None
        self.duration: float | None = None

    def keep(self, holder: Capture | Tail) -> None:
        """Remember what holds its stderr."""
        self.stderr = holder

    @property
    def alive(self) -> bool:
        """Whether it is a program that has not been reaped."""
        return self.process is not None and self.process.status is None


class Stdin:
    """The writing side of a running program's stdin."""

    __slots__ = ("name", "writer")

    def __init__(self, name: str, writer: Writer) -> None:
        self.name = name
        self.writer = writer

    async def write(self, data: str | bytes) -> None:
        """Write text or bytes and return when there is room for more; raises BrokenPipeError when nobody reads."""
        if self.writer.closed:
            raise BrokenPipeError(f"`{self.name}` reads no more input")
        self.writer.write(data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data)
        await self.writer.room()

    async def close(self) -> None:
        """Say that nothing more comes."""
        self.writer.end()

"""The short answers of a stage: it runs silently and gives one value."""

from __future__ import annotations

from xsh.command.settings import Settings
from xsh.errors import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any, Self

    from xsh.result import Result


HEAD = 60
"""Characters of a line that an error quotes."""


class Answers(Settings):
    """What can be asked of a stage in place of its result; whoever inherits this can be awaited."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __await__(self) -> Generator[Any, Any, Result]: ...

    async def text(self) -> str:
        """stdout less its final newlines; silent; raises as `await` does."""
        return (await self._silent()).text

    async def lines(self, sep: str = "\n") -> list[str]:
        """stdout as lines (LF or CRLF), or cut at another `sep` such as NUL; silent; raises as `await` does."""
        if not sep:
            raise ValueError("lines: sep must not be empty")
        result = await self._silent()
        if sep == "\n":
            return result.lines
        parts = result.stdout.split(sep)
        return parts if parts[-1] else parts[:-1]

    async def json(self) -> Any:
        """stdout parsed as JSON; silent; raises ValueError when it is none."""
        return (await self._silent()).json()

    async def bytes(self) -> bytes:
        """stdout exactly as written; silent; raises as `await` does."""
        return (await self._silent()).stdout_bytes

    async def ok(self) -> bool:
        """Whether it succeeds, with exit code 0 or one that `accept` names; silent; never raises on an exit code."""
        try:
            await self.with_options(nothrow=False, output="quiet")
        except CommandError:
            return False
        return True

    async def code(self) -> int:
        """The exit code (0-255); silent; never raises on an exit code."""
        return (await self.with_options(nothrow=True, output="quiet")).exit_code

    async def objects(self) -> list[Any]:
        """The values that the last Python stage yields, or one parsed JSON document a line; silent.

        Raises ValueError that names the command and the line for a line that is no JSON.
        """
        result = await self.with_options(objects=True, output="quiet")
        if result.objects is not None:
            return list(result.objects)
        import json

        values: list[Any] = []
        for number, line in enumerate(result.lines, 1):
            if line:
                try:
                    values.append(json.loads(line))
                except ValueError as error:
                    raise ValueError(
                        f"line {number} of the output of `{result.command}` is not JSON: {error}: {head(line)!r}"
                    ) from error
        return values

    def _silent(self) -> Self:
        return self.with_options(output="quiet")


def head(line: str) -> str:
    """The begin of a line, for an error."""
    return line if len(line) <= HEAD else line[: HEAD - 1] + "…"

"""The one error tree of xsh; facts are fields, and the message is made from them in `describe`.

XshError
    CommandError
        CommandFailed
        CommandTimedOut
        CommandCancelled
    SpawnError
        ProgramNotFound
        ProgramNotExecutable
        WorkingDirectoryError
        ArgumentsTooLong
        ResourceExhausted
    TargetError
        ConnectFailed
        ConnectionLost
        AuthenticationFailed
        HostKeyUnknown
        HostKeyMismatch
    TemplateError
    ScriptError
    NobodyToAsk
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    from xsh.result import Result


class Location:
    """Where in a source the user wrote something: file, 1-based line and columns, resolved when asked.

    Made from a code object and an instruction offset, because looking up the columns (PEP 657) costs more than running
    a command should.
    """

    __slots__ = ("code", "offset")

    def __init__(self, code: CodeType, offset: int) -> None:
        self.code = code
        self.offset = offset

    @property
    def file(self) -> str:
        """The path of the source as Python knows it."""
        return self.code.co_filename

    def span(self) -> tuple[int, int, int, int] | None:
        """First line, last line, start and end column (1-based lines, 0-based UTF-8 byte columns), if known."""
        index = self.offset // 2
        for number, (line, end_line, column, end_column) in enumerate(self.code.co_positions()):
            if number == index:
                if line is None:
                    return None
                return line, end_line or line, column or 0, end_column or 0
        return None

    @property
    def line(self) -> int:
        """The 1-based line, 0 when unknown."""
        span = self.span()
        return span[0] if span else 0

    def __reduce__(self) -> tuple[object, ...]:
        # a code object cannot leave its process, what it says about the place can
        return KnownLocation, (self.file, self.span())

    def __repr__(self) -> str:
        return f"Location({self.file!r}, {self.line})"


class KnownLocation(Location):
    """A place that was looked up before, such as one that comes from another process."""

    __slots__ = ("_file", "_span")

    def __init__(self, file: str, span: tuple[int, int, int, int] | None) -> None:
        self._file = file
        self._span = span

    @property
    def file(self) -> str:
        """The path of the source as Python knew it."""
        return self._file

    def span(self) -> tuple[int, int, int, int] | None:
        """First line, last line, start and end column, as they were found."""
        return self._span


class XshError(Exception):
    """Any error of xsh itself; `hint` says in one line how to fix it, where that is certain.

    `location` is where the literal stands in the user's source, None when unknown.
    """

    def __init__(self, message: str = "", *, hint: str | None = None, location: Location | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.location = location

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (type(self), self.args, self.__dict__)

    @property
    def exit_code(self) -> int:
        """The status a script ends with when this error is not caught (0-255)."""
        return 1


def _restored(kind: type[XshError], args: tuple[object, ...], facts: dict[str, object]) -> XshError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(facts)
    return error


class CommandError(XshError):
    """A job ended badly; `result` is its record, `command` its text."""

    def __init__(
        self,
        result: Result,
        message: str,
        *,
        tail: str = "",
        hint: str | None = None,
        location: Location | None = None,
    ) -> None:
        super().__init__(message, hint=hint, location=location)
        self.result = result
        self.tail = tail
        self.attempts: tuple[BaseException, ...] = ()

    @property
    def command(self) -> str:
        """The command's text, quoted for reading."""
        return self.result.command

    @property
    def exit_code(self) -> int:
        """The command's own exit code."""
        return self.result.exit_code or 1


class CommandFailed(CommandError):
    """A command ended with an exit code that was not accepted, or was killed by a signal."""


class CommandTimedOut(CommandError, TimeoutError):
    """A command did not end within its timeout; its partial output is in `result`."""

    @property
    def exit_code(self) -> int:
        """124, as timeout(1) gives."""
        return 124


class CommandCancelled(CommandError):
    """A job was killed by the user's own code (`await job.kill()`)."""


class SpawnError(XshError):
    """Nothing was started."""

    def __init__(self, message: str, *, program: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.program = program

    @property
    def exit_code(self) -> int:
        """126, as a shell gives for what it cannot execute (POSIX XCU 2.8.2)."""
        return 126


class ProgramNotFound(SpawnError, FileNotFoundError):
    """There is no such program; `hint` names the nearest ones on PATH."""

    @property
    def exit_code(self) -> int:
        """127, as a shell gives (POSIX XCU 2.8.2)."""
        return 127


class ProgramNotExecutable(SpawnError, PermissionError):
    """The file exists but cannot be executed: a directory, no permission, or a missing interpreter."""


class WorkingDirectoryError(SpawnError):
    """The directory a command was to run in is missing, no directory, or closed to us."""


class ArgumentsTooLong(SpawnError):
    """The arguments and environment exceed what execve(2) takes; the message names size and limit."""


class ResourceExhausted(SpawnError):
    """No descriptor, process or memory left; the message names the limit."""


class TargetError(XshError):
    """The place to run failed, not the command; `retryable` says whether trying again can help.

    `result` is the record of the job so far, with its partial output, where one had begun.
    """

    def __init__(self, message: str, *, host: str = "", retryable: bool = False, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.host = host
        self.retryable = retryable
        self.result: Result | None = None

    @property
    def exit_code(self) -> int:
        """255, as ssh(1) gives."""
        return 255


class ConnectFailed(TargetError):
    """The host could not be reached."""


class ConnectionLost(TargetError):
    """The connection ended while the command ran; it may have had effects."""


class AuthenticationFailed(TargetError):
    """The host refused every way to log in."""


class HostKeyUnknown(TargetError):
    """The host's key is not known yet."""


class HostKeyMismatch(TargetError):
    """The host's key differs from the known one."""


class TemplateError(XshError):
    """A literal could not become a command; nothing was started."""


class ScriptError(XshError):
    """A script could not be read."""


class NobodyToAsk(XshError):
    """A question had nobody to answer it: stdin is no terminal and has ended, and no default was given."""


def _name_as_imported(kind: type[XshError]) -> None:
    # a traceback then reads xsh.CommandFailed, the name that users import
    kind.__module__ = "xsh"
    for child in kind.__subclasses__():
        _name_as_imported(child)


_name_as_imported(XshError)

"""The place itself: which programs are scripted, what was called."""

from __future__ import annotations

from fnmatch import fnmatchcase

from xsh.reactor.reactor import current_reactor
from xsh.targets.fake.process import FakeProcess
from xsh.targets.fake.reply import Call, Reply
from xsh.words.quote import quote
from xsh.words.split import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.command.target import SpawnRequest

SHELL = "sh"


class UnscriptedCommand(AssertionError):
    """A command was run that the test has not scripted."""

    __module__ = "xsh.testing"


class Rule:
    """One scripted program: which commands it answers, how, and how many times."""

    __slots__ = ("left", "matches", "reply")

    def __init__(self, matches: Callable[[Call], bool], reply: Any, times: int | None) -> None:
        self.matches = matches
        self.reply = reply
        self.left = times


class FakeTarget:
    """A place where nothing runs: each command is answered as the test has scripted it, and recorded in `calls`.

    Example::

        from xsh.testing import FakeTarget

        fake = FakeTarget()
        fake.on("git push", exit=1, stderr="rejected")
        with $(target=fake):
            assert not await $`git push`.ok()
        assert fake.calls[0].argv == ("git", "push")
    """

    __module__ = "xsh.testing"

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.calls: list[Call] = []
        self.rules: list[Rule] = []

    def on(
        self, pattern: str | Callable[[Call], bool], reply: Any = None, *, times: int | None = None, **how: Any
    ) -> None:
        """Script the commands that begin with the words of `pattern`, each of which may hold `*` and `?`.

        In place of a text, a function of the `Call` says which. `reply` is the output, a `Reply`, or a function of the
        call, sync or async, that gives output, an exit code, or a `Reply`, or raises; without it `how` are the
        arguments of `Reply`. The rule that was made last counts; one with `times` answers that often. Raises TypeError
        and ValueError for what cannot be.
        """
        if not isinstance(pattern, str) and not callable(pattern):
            raise TypeError(f"a pattern is a text or a function of the call, not {pattern!r}")
        if reply is None:
            reply = Reply(**how)
        elif callable(reply):
            if how:
                raise TypeError(f"a function says itself how the program ends: {', '.join(how)} cannot be given too")
        elif not isinstance(reply, Reply):
            reply = Reply(reply, **how)
        if times is not None and times < 1:
            raise ValueError(f"times is 1 or more, not {times}")
        matches = beginning_with(pattern) if isinstance(pattern, str) else pattern
        self.rules.append(Rule(matches, reply, times))

    def called(self, pattern: str) -> list[Call]:
        """The calls that begin with the words of `pattern`, in order."""
        matches = beginning_with(pattern)
        return [call for call in self.calls if matches(call)]

    # -- the port ------------------------------------------------------------------------------------------------

    def nearest(self, name: str) -> list[str]:  # noqa: ARG002 - the port's
        """None: nothing is installed here."""
        return []

    def shell(self) -> str:
        """The shell that shell text is said to run in."""
        return SHELL

    def spawn(self, request: SpawnRequest) -> FakeProcess:
        """Begin to answer; raises UnscriptedCommand for what was not scripted, TypeError for a pseudo-terminal."""
        if request.terminal is not None:
            raise TypeError("a scripted command cannot have a pseudo-terminal (.pty())")
        call = Call(request.argv, command_text(request.argv), request.cwd, request.env or {}, self.name)
        self.calls.append(call)
        for rule in reversed(self.rules):
            if rule.left != 0 and rule.matches(call):
                if rule.left is not None:
                    rule.left -= 1
                return FakeProcess(current_reactor(), request, call, rule.reply)
        raise UnscriptedCommand(f"{call.text}: the test has not scripted this command; use fake.on({call.text!r}, …)")

    def __repr__(self) -> str:
        return f"<fake target {self.name}>"


def command_text(argv: tuple[str, ...]) -> str:
    """A command as one line: its words quoted where they need it, or its shell text with the values after it."""
    script = shell_text(argv)
    if script is None:
        return " ".join(quote(word) for word in argv)
    return script.strip()


def shell_text(argv: tuple[str, ...]) -> str | None:
    """The text of a command that a shell was to run for xsh; None for any other command."""
    if argv[0] == SHELL and "xsh" in argv[2:5]:
        place = argv.index("xsh", 2)
        if argv[place - 2] == "-c":
            return argv[place - 1]
    return None


def beginning_with(pattern: str) -> Callable[[Call], bool]:
    """Whether a call begins with the words of a pattern; shell text with its characters. Raises TemplateError."""
    words = split(pattern)
    if not words:
        raise ValueError("the pattern has no word; a command is scripted by its first words, all of them by `*`")

    def matches(call: Call) -> bool:
        script = shell_text(call.argv)
        if script is not None:
            return fnmatchcase(script.strip(), pattern) or script.strip().startswith(pattern)
        return len(call.argv) >= len(words) and all(map(fnmatchcase, call.argv, words))

    return matches

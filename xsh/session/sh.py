"""`$`: the callable that users hold, which makes commands and carries settings."""

from __future__ import annotations

import os
import sys

from xsh.command.command import Command
from xsh.command.pipeline import Pipeline, Stage, as_stage
from xsh.errors import Location, TemplateError
from xsh.session.arguments import argument_words
from xsh.session.builtins import BUILTINS, Builtin, expanded_words
from xsh.session.elsewhere import Elsewhere
from xsh.session.environment import Environment
from xsh.session.session import current_session, enter_session
from xsh.targets.local.kin import KIN
from xsh.targets.local.which import which
from xsh.words.place import parse_literal
from xsh.words.raw import Raw
from xsh.words.render import Argv, Function, render, render_builtin
from xsh.words.split import split
from xsh.words.template import from_format

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType
    from typing import Any, ClassVar, Self

    from xsh.command.options import Options
    from xsh.command.target import Target
    from xsh.session.session import Session
    from xsh.words.shape import Shape
    from xsh.words.template import TemplateLike

SETTINGS = frozenset(
    [
        "cwd",
        "env",
        "timeout",
        "nothrow",
        "accept",
        "shell",
        "strict",
        "output",
        "grace",
        "limit_output",
        "label",
        "verbose",
        "target",
        "retry",
    ]
)
SHAPES_KEPT = 4096
NOT_NOW = (
    "`$.guard = True` has to be the first statement of a script that is run by `xsh FILE`: the supervisor must be"
    " there before anything has run; or run it by `xsh --guard FILE`"
)
caller = sys._getframe  # pyright: ignore[reportPrivateUsage] - the one way for a literal to know its line


class Sh(Elsewhere):
    """Makes commands from literals; called with settings it gives a new shell that has them.

    Example::

        build = $(cwd="build", timeout="10m")
        await build`make -j4`
        with $(env={"CI": "1"}):
            await $`./run-tests`
    """

    __module__ = "xsh"
    __slots__ = ("_settings",)

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        self._settings = settings or {}

    def __call__(self, template: Any = None, /, **named: Any) -> Any:
        """A command from a template or from text with named `${holes}`; without either, a shell with new settings.

        Raises TemplateError and TypeError for what cannot become a command, TypeError for an unknown setting.
        """
        if template is None:
            return self._with(named)
        if isinstance(template, str):
            template = from_format(template, named)
        elif named:
            raise TypeError("settings go before the literal: `$(cwd=…)`…``, not with it")
        elif not hasattr(template, "interpolations"):
            raise TypeError(f"sh(…) takes text or a template, not {type(template).__name__}")
        return self._command(template, caller(1))

    def argv(self, *words: Any) -> Command:
        """A command from its words, each one argument whatever it contains; lists give several.

        Example::

            await sh.argv("git", "log", "-n", 3).text()
        """
        session, options = self._options()
        return Command(Argv(argument_words(words)), engine_of(session, options), options, _location(caller(1)))

    def _with(self, settings: dict[str, Any]) -> Sh:
        unknown = [name for name in settings if name not in SETTINGS]
        if unknown:
            known = ", ".join(sorted(SETTINGS))
            raise TypeError(f"$(…) has no setting {unknown[0]!r}; known are {known}")
        merged = {**self._settings, **settings}
        if "env" in settings and self._settings.get("env"):
            merged["env"] = {**self._settings["env"], **(settings["env"] or {})}
        # a wrong value is told here, where it was written, and not where the shell is used
        current_session().merged(merged)
        return Sh(merged)

    def _options(self) -> tuple[Session, Options]:
        session = current_session()
        return session, session.merged(self._settings)

    def _command(self, template: Any, frame: FrameType) -> Stage:
        session, options = self._options()
        runner, location = engine_of(session, options), _location(frame)
        shell = dialect(options.shell)
        if not template.interpolations:
            fixed = _Shapes.fixed.get((template.strings, shell))
            if fixed is not None:
                return Command(fixed.rendered, runner, options, location, fixed.display)
        try:
            shape = shape_of(template, shell)
            words: tuple[str, ...] | None = None
            if shape.first_word in BUILTINS:
                rendered, words = render_builtin(template, shape, shell=shell, strict=options.strict)
            else:
                rendered = render(template, shape, shell=shell, strict=options.strict)
        except TemplateError as error:
            error.location = location
            raise
        if isinstance(rendered, tuple):
            stages = tuple(_stage(part, runner, options, location) for part in rendered)
            return Pipeline(stages, runner, options, location)
        if shape.first_word not in BUILTINS:
            if not template.interpolations and isinstance(rendered, Argv):
                _Shapes.fixed[template.strings, shell] = Command(rendered, None)
            return Command(rendered, runner, options, location)
        if options.target is not None:
            # what acts on the program itself does so here only
            return Command(rendered, runner, options, location)
        alone = shape.single_pipeline and not shape.has_pipe
        if words is None and alone:
            words = expanded_words(shape.text)
        return Builtin(rendered, runner, options, location, name=shape.first_word, words=words, alone=alone)

    # -- a block's default ---------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        enter_session(current_session().inner(self._settings))
        return self

    def __exit__(self, *error: object) -> None:
        enter_session(current_session().outer)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, *error: object) -> None:
        self.__exit__()

    # -- what a shell knows --------------------------------------------------------------------------------------

    @property
    def cwd(self) -> Path:
        """The directory that commands run in."""
        from pathlib import Path

        return Path(self._options()[1].cwd or os.getcwd())

    @property
    def env(self) -> Environment:
        """The environment that commands get, live; what is set here is set for the whole program."""
        return Environment(self._options()[1].env or {})

    def raw(self, text: str) -> Raw:
        """`text` as shell text, unquoted: the only way that a value is parsed by a shell. Raises TypeError."""
        return Raw(text)

    def split(self, text: str) -> list[str]:
        """The words of `text` by POSIX quoting rules (POSIX XCU 2.2); raises TemplateError for an open quote."""
        return split(text)

    def which(self, name: str) -> Path | None:
        """Where a program is on PATH, None when it is not."""
        from pathlib import Path

        found = which(name, self._options()[1].env)
        return None if found is None else Path(found)

    def secret(self, value: str) -> str:
        """`value`, masked from now on in everything xsh prints, never in data."""
        current_session().secrets.add(value)
        return value

    @property
    def guard(self) -> bool:
        """Whether a supervisor ends everything should xsh be killed; set to True by a script's first statement.

        Raises RuntimeError when it is set later: the supervisor has to be there before anything of the script has run.
        """
        return KIN.guarded

    @guard.setter
    def guard(self, value: bool) -> None:
        if bool(value) != KIN.guarded:
            raise RuntimeError(
                NOT_NOW if value else "a supervisor that is there cannot be taken away: leave `--guard` out"
            )

    # -- other places --------------------------------------------------------------------------------------------

    @property
    def settings(self) -> dict[str, Any]:
        """What was set on this shell itself."""
        return dict(self._settings)

    @property
    def target(self) -> Target:
        """Where its commands run."""
        session, options = self._options()
        return options.target or session.runner.target

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self._settings.items())
        return f"$({inside})" if inside else "$"


class _Shapes:
    known: ClassVar[dict[tuple[tuple[str, ...], str], Shape]] = {}
    fixed: ClassVar[dict[tuple[tuple[str, ...], str], Command]] = {}


def shape_of(template: TemplateLike, shell: str) -> Shape:
    """Which way a literal runs, found once for each literal; raises TemplateError."""
    key = (template.strings, shell)
    shape = _Shapes.known.get(key)
    if shape is None:
        if len(_Shapes.known) >= SHAPES_KEPT:
            _Shapes.known.clear()
            _Shapes.fixed.clear()
        shape = _Shapes.known[key] = parse_literal(
            template.strings, shell, tuple(hole.expression for hole in template.interpolations)
        )
    return shape


def engine_of(session: Session, options: Options) -> Any:
    """What runs commands with these options: the session's engine, or one that runs them on every host of a fleet."""
    spread = None if options.target is None else getattr(options.target, "spread", None)
    return session.runner if spread is None else spread(session.runner)


def dialect(shell: str | None) -> str:
    """The language of a shell given by name or path: its last part."""
    return "bash" if shell is None else shell.rpartition("/")[2]


def _stage(part: Any, runner: Any, options: Options, location: Location | None) -> Stage:
    if isinstance(part, Function):
        return as_stage(part.value)
    return Command(part, runner, options, location)


def _location(frame: FrameType) -> Location:
    return Location(frame.f_code, frame.f_lasti)


sh = Sh()

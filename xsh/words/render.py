"""From a template and the shape of its text to what is run."""

from __future__ import annotations

from xsh.errors import TemplateError
from xsh.words.display import display
from xsh.words.place import parse_shell, shell_name, shell_shape
from xsh.words.raw import Raw
from xsh.words.rendered import Argv, Function, ShellText
from xsh.words.shape import HOLE, Hole
from xsh.words.template import Interpolation, Template
from xsh.words.value import RawFound, Values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.words.rendered import Rendered, Stage
    from xsh.words.shape import Shape
    from xsh.words.template import TemplateLike

__all__ = [
    "Argv",
    "Function",
    "ShellText",
    "differs_from_builtin",
    "display",
    "render",
    "render_builtin",
    "shell_argv",
]

_ALIKE = frozenset(["echo", "true", "false"])
_ECHO = frozenset("neE")
_ENDS = frozenset(" \t\n;&|<>()")
_NOT_POSIX = frozenset(["csh", "elvish", "fish", "nu", "pwsh", "python", "python3", "tcsh", "xonsh"])


def render(template: TemplateLike, shape: Shape, shell: str = "bash", strict: bool = True) -> Rendered:
    """What runs: an argv, a shell text, or the stages of a pipeline.

    Raises TypeError for a value that is no word and TemplateError for one that cannot stand in its place; both name
    the hole. With `strict`, a shell text fails as `bash -euo pipefail` or `sh -eu` do.
    """
    rendering = _Rendering(Values(template), shell_name(shell), strict)
    try:
        return rendering.whole(shape)
    except RawFound:
        return rendering.with_raw(shape)


def render_builtin(
    template: TemplateLike, shape: Shape, shell: str = "bash", strict: bool = True
) -> tuple[Rendered, tuple[str, ...] | None]:
    """What runs of a literal that begins with a builtin, and its words where no shell is needed to know them.

    Raises as `render`.
    """
    rendering = _Rendering(Values(template), shell_name(shell), strict)
    try:
        plain = rendering.argv(shape) if shape.words else None
        words = plain.words if isinstance(plain, Argv) else ()
        # a list in `export A=${list}` is joined by the rules of shell text, which are not those of an argv
        return rendering.whole(shape), words if words and len(words) == len(shape.words) else None
    except RawFound:
        return rendering.with_raw(shape), None


def shell_argv(shell_path: str, rendered: ShellText, strict: bool = True) -> tuple[str, ...]:
    """The argv that runs a shell text: the shell, its flags, the text and the values.

    Raises TemplateError for a shell that does not read POSIX text.
    """
    name = shell_name(shell_path)
    if name in _NOT_POSIX:
        raise TemplateError(f"{name} does not read POSIX shell text", hint="choose bash, sh or another POSIX shell")
    flags: tuple[str, ...] = ()
    if strict:
        flags = ("-euo", "pipefail") if name == "bash" else ("-eu",)
    start = (shell_path, "sh") if name == "busybox" else (shell_path,)
    return (*start, *flags, "-c", rendered.text, "xsh", *rendered.params)


class _Rendering:
    """One rendering: the values of a template, and for which shell."""

    __slots__ = ("shell", "strict", "values")

    def __init__(self, values: Values, shell: str, strict: bool) -> None:
        self.values = values
        self.shell = shell
        self.strict = strict

    def whole(self, shape: Shape) -> Rendered:
        """The rendering of a whole literal; raises RawFound if a value of it is shell text."""
        if shape.kind == "argv":
            return self.argv(shape)
        if shape.stages and (shape.kind == "pipeline" or self.has_function(shape)):
            return self.pipeline(shape)
        return self.text(shape)

    def argv(self, shape: Shape) -> Argv | ShellText:
        """The words of simple text; builtins that their equal programs do not match in everything stay the shell's."""
        words: list[str] = []
        for word in shape.words:
            if len(word) == 1:
                piece = word[0]
                if isinstance(piece, str):
                    words.append(piece)
                    continue
                if not piece.quoted:
                    found = self.values.words(piece.index)
                    if isinstance(found, tuple):
                        words.extend(found)
                    else:
                        words.append(found)
                    continue
            words.extend(self.product(word))
        if not words:
            raise TemplateError("empty command: every word of it is an empty list")
        if words[0] in _ALIKE and differs_from_builtin(words):
            return self.text(shell_shape(shape.text, self.shell, shape.first_hole))
        return Argv(tuple(words))

    def product(self, word: tuple[str | Hole, ...]) -> list[str]:
        """The words of one that is glued together or quoted; of two lists the left varies slowest."""
        words = [""]
        for piece in word:
            if isinstance(piece, str):
                words = [text + piece for text in words]
                continue
            found = self.values.words(piece.index, piece.where)
            if not isinstance(found, tuple):
                words = [text + found for text in words]
            elif piece.quoted:
                words = [text + " ".join(found) for text in words]
            else:
                words = [text + part for text in words for part in found]
        return words

    def has_function(self, shape: Shape) -> bool:
        """Whether a stage that is one hole holds a Python stage."""
        return any(stage.kind == "hole" and self.function(stage) is not None for stage in shape.stages)

    def function(self, stage: Shape) -> Function | None:
        """The Python stage in a hole, None if its value is words."""
        hole = self.values.template.interpolations[stage.first_hole]
        value = hole.value
        if hole.conversion or hole.format_spec or not self.is_python(value):
            return None
        return Function(value)

    @staticmethod
    def is_python(value: object) -> bool:
        """Whether a value can be a stage of Python."""
        return type(value) is not str and (callable(value) or bool(getattr(value, "is_stage", False)))

    def pipeline(self, shape: Shape) -> tuple[Stage, ...]:
        """The stages of a pipeline of xsh's own."""
        return tuple([self.stage(stage) for stage in shape.stages])

    def stage(self, shape: Shape) -> Stage:
        """One stage."""
        if shape.kind == "shell":
            return self.text(shape)
        if shape.kind == "argv":
            return self.argv(shape)
        function = self.function(shape)
        if function is not None:
            return function
        found = self.values.words(shape.first_hole)
        words = found if isinstance(found, tuple) else (found,)
        if not words:
            raise TemplateError(f"{self.values.name(shape.first_hole)} is a stage without a command: an empty list")
        return Argv(words)

    def text(self, shape: Shape) -> ShellText:
        """The script of a shell shape."""
        from xsh.words.reference import Writer, sigpipe_trap  # as the reader of shell text, at first use

        writer = Writer(self.values, self.shell, shape.text)
        body = writer.write(shape.pieces)
        trap = ""
        if self.strict and shape.single_pipeline and self.shell == "bash" and shape.has_pipe:
            trap = sigpipe_trap(writer.prefix)
        used = tuple(sorted(writer.used.items()))
        text = f"{writer.prologue()}{trap}{body}"
        return ShellText(text, writer.parameters(), shape.single_pipeline, shape.pieces, used)

    def with_raw(self, shape: Shape) -> Rendered:
        """The rendering of a literal with shell text among its values, which becomes part of the static text."""
        strings, holes = [""], list[Interpolation]()
        parts = shape.text.split(HOLE)
        for index, part in enumerate(parts[:-1]):
            hole = self.values.template.interpolations[index]
            strings[-1] += part
            if self.is_python(hole.value) and not (hole.conversion or hole.format_spec):
                found: tuple[object, ...] = (hole.value,)
            else:
                found = self.raw_items(index, strings[-1][-1:], parts[index + 1][:1])
            for number, item in enumerate(found):
                strings[-1] += " " if number else ""
                if isinstance(item, Raw):
                    strings[-1] += item.text
                else:
                    holes.append(Interpolation(item, hole.expression))
                    strings.append("")
        strings[-1] += parts[-1]
        return self.reparsed(Template(tuple(strings), tuple(holes)))

    def raw_items(self, index: int, before: str, after: str) -> tuple[object, ...]:
        """What stands in a hole, one item for each raw text and each run of other words."""
        hole = self.values.template.interpolations[index]
        if type(hole.value) is int and not (hole.conversion or hole.format_spec):
            return (hole.value,)
        found = self.values.take(index)
        if not isinstance(found, tuple):
            return (found,)
        if all(isinstance(item, str) for item in found):
            return (found,)
        if len(found) > 1 and not (_ENDS.issuperset(before) and _ENDS.issuperset(after)):
            raise TemplateError(f"{self.values.name(index)} is a list with raw text: it cannot be glued to other text")
        return found

    def reparsed(self, template: Template) -> Rendered:
        """The rendering of a template whose raw values have become text."""
        rendering = _Rendering(Values(template), self.shell, self.strict)
        expressions = tuple([hole.expression for hole in template.interpolations])
        shape = parse_shell(template.strings, self.shell, expressions)
        return rendering.whole(shape)


def differs_from_builtin(words: list[str]) -> bool:
    """Whether the builtin `echo`, `true` or `false` and the program of that name answer these words differently.

    The programs know `--help` and `--version`; their `echo -e` knows fewer escapes than bash's.
    """
    if len(words) == 2 and words[1] in ("--help", "--version"):
        return True
    if words[0] != "echo":
        return False
    for word in words[1:]:
        if len(word) < 2 or word[0] != "-" or not _ECHO.issuperset(word[1:]):
            return False
        if "e" in word:
            return True
    return False

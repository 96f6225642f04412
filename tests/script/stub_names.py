"""Stand-ins for what compiled code refers to: they record and run nothing."""

from __future__ import annotations

from xsh.script.compile import compile_source


class Command:
    """A command that is its tag and its template."""

    def __init__(self, tag: str, strings: tuple[str, ...], holes: tuple[tuple[object, ...], ...]) -> None:
        self.tag = tag
        self.strings = strings
        self.holes = holes
        self.how = "captured"

    def __await__(self):
        yield from ()
        return self

    def __or__(self, other: object) -> tuple[object, object]:
        return self, other

    def __repr__(self) -> str:
        text = self.strings[0]
        for hole, static in zip(self.holes, self.strings[1:], strict=True):
            text += f"<{hole[0]!r}>{static}"
        return f"{self.tag}`{text}`"


class Shell:
    """A tag; called with anything but a template it gives a shell of another name."""

    def __init__(self, name: str = "$") -> None:
        self.name = name

    def __call__(self, *args: object, **settings: object) -> object:
        if args:
            return Command(self.name, *args[0])  # type: ignore[misc]
        inside = ", ".join(f"{name}={value!r}" for name, value in settings.items())
        return Shell(f"{self.name}({inside})")


class Operand:
    """Marks what stood at the left of `|` behind `await`."""


def names(log: list[object]) -> dict[str, object]:
    """The hidden names; what is awaited as a statement, looped over or piped is noted in `log`."""

    def statement(value: object) -> object:
        log.append(("statement", value))
        return value

    def operand(value: object) -> object:
        raise TypeError("await a | b")

    class Loop:
        def __init__(self, value: object) -> None:
            self.value = value

        async def __aenter__(self) -> object:
            log.append(("loop", self.value))
            return self.value

        async def __aexit__(self, *error: object) -> None:
            log.append(("left", self.value))

    return {
        "__xsh_sh__": Shell(),
        "__xsh_template__": lambda strings, holes: (strings, holes),
        "__xsh_statement__": statement,
        "__xsh_operand__": operand,
        "__xsh_loop__": Loop,
        "__name__": "__main__",
    }


def run(source: str, filename: str = "script.xsh", **given: object) -> tuple[dict[str, object], list[object]]:
    """Compiles and runs a source; its globals, and what was awaited as a statement or looped over."""
    log: list[object] = []
    scope = {**names(log), **given}
    code = compile_source(source, filename)
    if code.co_flags & 0x80:
        coroutine = eval(code, scope)
        try:
            coroutine.send(None)
        except StopIteration:
            pass
        else:
            raise AssertionError("the stubs never suspend")
    else:
        exec(code, scope)
    return scope, log

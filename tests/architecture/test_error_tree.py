"""The tree drawn in the docstring of xsh/errors.py is the tree of its classes."""

from __future__ import annotations

import importlib
import inspect

from tests.architecture.checkout import need_module


def drawn(docstring: str) -> dict[str, str]:
    """Each class of the drawing and the one it is drawn under."""
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    started = False
    for line in docstring.splitlines():
        names = line.split()
        started = started or names[:1] == ["XshError"]
        if not started or not names:
            continue
        indent = len(line) - len(line.lstrip())
        above = [(depth, name) for depth, name in above if depth < indent]
        for name in (name for name in names[: len(names) if indent > 4 else 1] if name.isidentifier()):
            parents[name] = above[-1][1] if above else ""
        above.append((indent, names[0]))
    return parents


def built(root: type) -> dict[str, str]:
    """Each class of the tree and the parent that is also in the tree."""
    found = {root.__name__: ""}
    for child in root.__subclasses__():
        if child.__module__ in {"xsh.errors", "xsh"}:
            found |= built(child) | {child.__name__: root.__name__}
    return found


def test_the_drawing_is_the_tree() -> None:
    need_module("xsh.errors")
    errors = importlib.import_module("xsh.errors")
    assert drawn(inspect.cleandoc(errors.__doc__ or "")) == built(errors.XshError)


def test_every_error_of_the_module_is_in_the_tree() -> None:
    need_module("xsh.errors")
    errors = importlib.import_module("xsh.errors")
    classes = {
        name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, BaseException)
    }
    own = {name for name in classes if vars(errors)[name].__module__ in {"xsh.errors", "xsh"}}
    assert own == built(errors.XshError).keys()


def test_a_drawing_is_read_as_it_looks() -> None:
    text = "The tree.\n\nXshError\n    CommandError   the job ended badly\n        Failed\n        TimedOut\n    SpawnError\n"
    assert drawn(text) == {
        "XshError": "",
        "CommandError": "XshError",
        "Failed": "CommandError",
        "TimedOut": "CommandError",
        "SpawnError": "XshError",
    }

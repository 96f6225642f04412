"""Completes Python: names, attributes, keys of dicts, keyword arguments, modules; no code of the user's runs."""

from __future__ import annotations

import builtins
import keyword
import re
import sys

from xsh.repl.complete.candidate import Candidate, matching
from xsh.repl.complete.static_values import attribute, attribute_names, describe, item, keys, kind_of, parameters
from xsh.script.names import HOME_OF, MODULES, OWN
from xsh.script.namespace import HIDDEN, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.repl.complete.view import View

_CHAIN = r"(?:\$|[^\W\d]\w*)(?:\.[^\W\d]\w*|\[(?:-?\d+|'[^'\\\n]*'|\"[^\"\\\n]*\")\])*"
_ATTRIBUTE = re.compile(rf"(?<![\w.$)\]'\"])(?P<owner>{_CHAIN})\.(?P<typed>\w*)\Z")
_OF_TEXT = re.compile(r"['\"]\.(?P<typed>\w*)\Z")
_KEY = re.compile(rf"(?<![\w.$)\]])(?P<owner>{_CHAIN})\[(?P<quote>['\"])(?P<typed>[^'\"\\\n]*)\Z")
_NAME = re.compile(r"(?<![\w.])(?P<typed>(?:[^\W\d]\w*)?)\Z")
_PART = re.compile(r"\.([^\W\d]\w*)|\[(?:(-?\d+)|'([^'\\\n]*)'|\"([^\"\\\n]*)\")\]")
_CALL = re.compile(rf"(?<![\w.$])(?P<function>{_CHAIN})\Z")
_SSH = re.compile(r"\$\.ssh\(\s*(?P<quote>['\"])(?P<typed>[^'\"\\\n]*)\Z")
_IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+(?:[\w., \t]*,[ \t]*)?(?P<typed>\w*)\Z", re.MULTILINE)
_FROM = re.compile(
    r"^[ \t]*from[ \t]+(?P<module>[\w.]+)[ \t]+import[ \t]+(?:[\w, \t]*,[ \t]*)?(?P<typed>\w*)\Z", re.MULTILINE
)
_FARTHEST = 2000


def python_candidates(text: str, end: int, view: View) -> list[Candidate]:
    """What completes Python code that ends at the cursor, which is at the offset `end` of the whole text."""
    text = text[-_FARTHEST:]
    found = _ATTRIBUTE.search(text)
    if found:
        return attribute_candidates(found["owner"], found["typed"], end, view)
    if _OF_TEXT.search(text):
        typed = text.rpartition(".")[2]
        return _attributes(str, typed, end)
    found = _FROM.search(text)
    if found:
        return _module_names(found["module"], found["typed"], end)
    found = _IMPORT.search(text)
    if found:
        names = {*sys.stdlib_module_names, *(name.partition(".")[0] for name in list(sys.modules))}
        return _visible(found["typed"], names, end, "module")
    found = _NAME.search(text)
    if not found:
        return []
    arguments = _keyword_arguments(text[: found.start()], found["typed"], end, view)
    others = name_candidates(found["typed"], end, view)
    if arguments and not any(candidate.text.startswith(found["typed"]) for candidate in others):
        return arguments
    return arguments + others


def string_candidates(text: str, end: int, view: View) -> list[Candidate]:
    """What completes an open string: a dict's key, or a host for `$.ssh(`."""
    text = text[-_FARTHEST:]
    found = _SSH.search(text)
    if found:
        start = end - len(found["typed"])
        return [
            Candidate(name + found["quote"], start, "host", shown=name)
            for name in matching(found["typed"], view.hosts())
        ]
    found = _KEY.search(text)
    if not found:
        return []
    try:
        owner = resolve(found["owner"], view)
    except LookupError:
        return []
    quote, start = found["quote"], end - len(found["typed"])
    names = list(view.env) if _is_environment(owner) else keys(owner)
    good = [name for name in names if name.isprintable() and "\\" not in name and quote not in name]
    return [Candidate(f"{name}{quote}]", start, "key", shown=name) for name in matching(found["typed"], good)]


def attribute_candidates(chain: str, typed: str, end: int, view: View) -> list[Candidate]:
    """The attributes of what a chain of names, attributes and subscripts gives."""
    try:
        return _attributes(resolve(chain, view), typed, end)
    except LookupError:
        return []


def name_candidates(typed: str, end: int, view: View) -> list[Candidate]:
    """The names that stand for something: the user's, those that xsh and Python give, and keywords."""
    kinds: dict[str, str] = dict.fromkeys(keyword.kwlist, "keyword")
    for name in dir(builtins):
        kinds.setdefault(name, kind_of(getattr(builtins, name)))
    kinds |= dict.fromkeys([*HOME_OF, *OWN], "xsh") | dict.fromkeys(MODULES, "module")
    for name in list(view.names):
        if name in view.known.bound:
            kinds[name] = kind_of(view.names[name])
    start = end - len(typed)
    visible = [name for name in kinds if typed.startswith("_") or not name.startswith("_")]
    return [Candidate(name, start, "name", description=kinds[name]) for name in matching(typed, visible)]


def resolve(chain: str, view: View) -> Any:
    """The value of a chain such as `a.b["c"][0]`; raises LookupError where only running code could tell."""
    first = re.match(r"\$|\w+", chain)
    assert first is not None
    value = _named(first.group(), view)
    for part in _PART.finditer(chain, first.end()):
        name, index, single, double = part.groups()
        if name is not None:
            value = attribute(value, name)
        else:
            key = int(index) if index is not None else single if single is not None else double
            value = item(value, key)
    return value


def _named(name: str, view: View) -> Any:
    if name in view.names and name in view.known.bound:
        return view.names[name]
    if name in ("$", "sh"):
        return HIDDEN["__xsh_sh__"]
    if name == "env":
        return view.env
    if name in HOME_OF:
        return attribute(load(HOME_OF[name]), name)
    if name in MODULES:
        return load(name)
    if name in view.names:
        return view.names[name]
    if hasattr(builtins, name):
        return getattr(builtins, name)
    raise LookupError(name)


def _is_environment(owner: object) -> bool:
    return type(owner).__name__ in ("_Environ", "Environment")


def _attributes(owner: Any, typed: str, end: int) -> list[Candidate]:
    start = end - len(typed)
    every = attribute_names(owner)
    names = [name for name in every if typed.startswith("_") or not name.startswith("_")]
    return [Candidate(name, start, "attribute", description=describe(owner, name)) for name in matching(typed, names)]


def _module_names(module: str, typed: str, end: int) -> list[Candidate]:
    loaded = sys.modules.get(module)
    if loaded is None and module in sys.stdlib_module_names:
        return []
    names = attribute_names(loaded) if loaded is not None else set[str]()
    return _visible(typed, names, end, "name")


def _visible(typed: str, names: set[str], end: int, kind: str) -> list[Candidate]:
    visible = [name for name in names if typed.startswith("_") or not name.startswith("_")]
    return [Candidate(name, end - len(typed), kind) for name in matching(typed, visible)]


def _keyword_arguments(before: str, typed: str, end: int, view: View) -> list[Candidate]:
    """The parameters of the innermost open call, as `name=`."""
    opening = _open_call(before)
    if opening < 0 or before.rstrip()[-1:] not in ("(", ","):
        return []
    found = _CALL.search(before[:opening])
    if not found:
        return []
    try:
        names = parameters(resolve(found["function"], view))
    except LookupError:
        return []
    inside = before[opening:]
    names = [name for name in names if not re.search(rf"\b{name}\s*=", inside)]
    start = end - len(typed)
    return [
        Candidate(f"{name}=", start, "argument", description="argument", is_open=True)
        for name in matching(typed, names)
    ]


def _open_call(text: str) -> int:
    """Where the innermost bracket that is still open stands, if it is a call's; -1 if not."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        char = text[at]
        if char in ")]}":
            depth += 1
        elif char in "([{":
            if depth == 0:
                return at if char == "(" and at > 0 and (text[at - 1].isalnum() or text[at - 1] in "_]$") else -1
            depth -= 1
    return -1

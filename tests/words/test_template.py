"""The shape of PEP 750, and text with named fields."""

from __future__ import annotations

import copy
import pickle

import pytest

from xsh.errors import TemplateError
from xsh.words.raw import Raw
from xsh.words.template import Interpolation, Template, build, from_format


def test_a_template_is_strings_and_holes() -> None:
    template = build(("git log -n ", " ", ""), ((3, "n", None, ""), ("x", "name", "r", ">5")))
    assert template.strings == ("git log -n ", " ", "")
    assert template.values == (3, "x")
    assert template.interpolations[1] == Interpolation("x", "name", "r", ">5")
    assert list(template) == ["git log -n ", Interpolation(3, "n"), " ", Interpolation("x", "name", "r", ">5")]
    assert list(build(("", "a"), ((1, "n", None, ""),))) == [Interpolation(1, "n"), "a"]


def test_strings_and_holes_must_alternate() -> None:
    with pytest.raises(ValueError, match="1 holes needs 2 strings"):
        Template(("a",), (Interpolation(1, "n"),))


@pytest.mark.parametrize("value", [Interpolation(1, "n"), build(("a", "b"), ((1, "n", None, ""),)), Raw("x")])
def test_values_are_frozen_equal_and_copied(value: Interpolation | Template | Raw) -> None:
    with pytest.raises(AttributeError, match="frozen"):
        setattr(value, value.__slots__[0], 2)
    with pytest.raises(AttributeError, match="frozen"):
        delattr(value, value.__slots__[0])
    assert pickle.loads(pickle.dumps(value)) == value == copy.deepcopy(value)
    assert hash(copy.copy(value)) == hash(value)
    assert value != 1
    assert value.__slots__[0] in repr(value)


@pytest.mark.parametrize(
    ("text", "values", "strings", "expressions"),
    [
        ("ls", {}, ("ls",), ()),
        ("git log -n ${n}", {"n": 3}, ("git log -n ", ""), ("n",)),
        ("${a}${b}${a}", {"a": 1, "b": 2}, ("", "", "", ""), ("a", "b", "a")),
        (r"echo \${HOME:-x} ${a}", {"a": 1}, ("echo ${HOME:-x} ", ""), ("a",)),
        (r"echo '\n' \\ $HOME", {}, (r"echo '\n' \\ $HOME",), ()),
        (r"a\\${a}", {"a": 1}, (r"a\\", ""), ("a",)),
        (r"a\\\${a}", {}, (r"a\\${a}",), ()),
        ("a\\", {}, ("a\\",), ()),
        ("$ { } $x", {}, ("$ { } $x",), ()),
    ],
)
def test_fields_are_plain_names(text: str, values: dict, strings: tuple, expressions: tuple) -> None:
    template = from_format(text, values)
    assert template.strings == strings
    assert tuple(hole.expression for hole in template.interpolations) == expressions
    assert template.values == tuple(values[name] for name in expressions)


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("${n}", {}, r"no value was given for \$\{n\}"),
        ("ls", {"n": 1, "m": 2}, "uses `n`, `m`"),
        ("${n:-x}", {"n": 1}, "at character 1 opens no field"),
        ("ls ${a.b}", {"a": 1}, "at character 4 opens no field"),
        ("ls ${n", {"n": 1}, "at character 4 opens no field"),
        ("ls ${}", {}, "at character 4 opens no field"),
    ],
)
def test_what_is_no_field_is_named(text: str, values: dict, message: str) -> None:
    with pytest.raises(TemplateError, match=message) as caught:
        from_format(text, values)
    assert caught.value.hint


def test_raw_takes_text_only() -> None:
    assert str(Raw("a | b")) == "a | b"
    with pytest.raises(TypeError, match="not int"):
        Raw(1)  # type: ignore[arg-type]

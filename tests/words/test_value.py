"""What values become words, and what the others are told."""

from __future__ import annotations

import asyncio
import enum
import functools
import os
import pathlib
from collections import deque
from fractions import Fraction

import pytest

from tests.words import shells
from xsh.errors import TemplateError
from xsh.result import ExitStatus, Result
from xsh.words.place import parse_literal
from xsh.words.raw import Raw
from xsh.words.render import render
from xsh.words.template import build
from xsh.words.value import RawFound, Values


class Number(enum.IntEnum):
    ONE = 1


class Name(str, enum.Enum):  # noqa: UP042 - the older form, whose str() is not its value
    RED = "red"


class Flexible:
    def __init__(self, path: str | bytes) -> None:
        self.path = path

    def __fspath__(self) -> str | bytes:
        return self.path


class Globbed:
    """As the result of a glob: a list of words that can be awaited too."""

    is_words = True

    def __await__(self):
        yield

    def __iter__(self):
        return iter([pathlib.Path("a b"), pathlib.Path("c")])


def words_of(value: object, conversion: str | None = None, spec: str = "") -> tuple[str, ...]:
    """The words after the first that a bare hole gives."""
    strings = ("x ", "")
    return render(build(strings, ((value, "v", conversion, spec),)), parse_literal(strings)).words[1:]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a b", ("a b",)), ("", ("",)), (3, ("3",)), (-3, ("-3",)), (0.5, ("0.5",)), (1e-7, ("1e-07",)), (10**30, (str(10**30),)),
        (pathlib.Path("/a b"), ("/a b",)), (pathlib.PurePosixPath("x"), ("x",)), (Flexible("p"), ("p",)), (Flexible(b"p\xff"), ("p\udcff",)),
        (b"a\xffb", ("a\udcffb",)), (Number.ONE, ("1",)), (Name.RED, ("red",)), (["a", "b c"], ("a", "b c")), ((1, 2), ("1", "2")),
        ([], ()), ({"a"}, ("a",)), (frozenset(["a"]), ("a",)), ((n for n in (1, 2)), ("1", "2")), (iter("ab"), ("a", "b")), (range(3), ("0", "1", "2")),
        (map(str, (1, 2)), ("1", "2")), ({"a": 1}.keys(), ("a",)), ({"a": 1}.values(), ("1",)), (deque(["a"]), ("a",)),
        ([1, [2, (3, [])], {"x"}], ("1", "2", "3", "x")), (Globbed(), ("a b", "c")), ([Globbed(), "d"], ("a b", "c", "d")), ("café", ("café",)),
        (float("inf"), ("inf",)),
    ],
)  # fmt: skip
def test_text_numbers_paths_and_lists_of_these_are_words(value: object, words: tuple[str, ...]) -> None:
    assert words_of(value) == words


def test_a_result_is_its_text() -> None:
    result = Result(command="x", argv=("x",), status=ExitStatus(0), stdout=b"a b\n\n")
    assert words_of(result) == ("a b",)
    assert words_of([result, "c"]) == ("a b", "c")


@pytest.mark.parametrize(
    ("value", "conversion", "spec", "word"),
    [
        ("a'b", "r", "", '"a\'b"'), (True, "s", "", "True"), (None, "s", "", "None"), ("é", "a", "", "'\\xe9'"), (3.14159, None, ".2f", "3.14"),
        (255, None, "#x", "0xff"), ("a", None, ">3", "  a"), (["a"], "s", "", "['a']"), ("a", "r", ">5", "  'a'"), (Fraction(1, 2), "s", "", "1/2"),
        (Raw("x y"), "s", "", "x y"),
    ],
)  # fmt: skip
def test_conversions_and_specs_are_those_of_f_strings(
    value: object, conversion: str | None, spec: str, word: str
) -> None:
    assert words_of(value, conversion, spec) == (word,)


def test_a_spec_that_does_not_fit_names_the_hole() -> None:
    with pytest.raises(ValueError, match=r"hole 1, `\$\{v\}`, cannot be formatted"):
        words_of("a", None, "d")


async def coroutine() -> None:
    """A coroutine function."""


async def numbers():
    yield 1


class Awaitable:
    def __await__(self):
        yield


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, r"is None: write `\$\{v or ''\}` for an empty word, `\$\{v or \[\]\}` for no word"), (True, r"is a bool \(True\): .*'--flag' if v else"),
        (False, r"is a bool \(False\)"), ({"a": 1}, r"is a dict: .* in v\.items\(\)"), (os.environ, "is a _Environ: say how"),
        (print, "is a builtin_function_or_method: call it, or let it be a whole stage"), (lambda: 1, "is a function: call it"),
        (functools.partial(print), "is a partial: call it"), (coroutine, "is a function: call it"), (Awaitable(), r"is a Awaitable that was not awaited: write `\$\{await v\}`"),
        (object(), "is a object: a word is text"), (Fraction(1, 2), r"is a Fraction: .*`\$\{v!s\}`"), (str, "is the class str"), (bytearray(b"a"), r"is a bytearray: write `\$\{bytes\(v\)\}`"),
        (1j, "is a complex"), ([1, None], "holds None"), (["a", [True]], "holds a bool"), ([{"a": 1}], "holds a dict"), (Ellipsis, "is a ellipsis"),
    ],
)  # fmt: skip
def test_other_values_are_refused_with_the_fix(value: object, message: str) -> None:
    with pytest.raises(TypeError, match=r"hole 1, `\$\{v\}`, " + message):
        words_of(value)


def test_what_was_not_awaited_says_so() -> None:
    waiting = coroutine()
    with pytest.raises(TypeError, match=r"is a coroutine that was not awaited: write `\$\{await v\}`"):
        words_of(waiting)
    waiting.close()
    stream = numbers()
    with pytest.raises(TypeError, match="is an asynchronous async_generator: collect it first"):
        words_of(stream)
    asyncio.run(stream.aclose())


def test_an_open_file_is_no_list_of_words(tmp_path: pathlib.Path) -> None:
    with (tmp_path / "f").open("w+") as file, pytest.raises(TypeError, match="TextIOWrapper"):
        words_of(file)


@pytest.mark.parametrize(
    ("strings", "message"),
    [
        (("x ", ""), r"hole 1, `\$\{v1\}`, is None"), (('x "', '"'), r"hole 1, `\$\{v1\}`, in double quotes, is None"),
        (("x '", "'"), r"hole 1, `\$\{v1\}`, in single quotes, is None"), (('cd x; y "', '"'), r"hole 1, `\$\{v1\}`, in double quotes, is None"),
        (("cat <<E\n", "\nE"), r"hole 1, `\$\{v1\}`, in a here-document, is None"), (("x $'", "'"), r"hole 1, `\$\{v1\}`, in \$'…', is None"),
    ],
)  # fmt: skip
def test_the_place_is_named(strings: tuple[str, ...], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        shells.rendered(strings, [None])


@pytest.mark.parametrize("value", ["a\0b", b"a\0", ["a", "\0"], pathlib.PurePosixPath("a\0")])
def test_a_nul_is_refused(value: object) -> None:
    for strings in (("x ", ""), ('x "', '"'), ("x; y ", "")):
        with pytest.raises(TemplateError, match=r"hole 1, `\$\{v1\}`, holds a NUL"):
            shells.rendered(strings, [value])


@pytest.mark.parametrize("value", ["\ud800", "a\udc7fb", ["\udfff"], "\udbff\udfff"])
def test_a_surrogate_that_is_no_byte_is_refused(value: object) -> None:
    with pytest.raises(TemplateError, match=r"hole 1, `\$\{v1\}`, holds the lone surrogate U\+D"):
        shells.rendered(("x ", ""), [value])


def test_a_list_that_holds_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(TemplateError, match="nested too deeply"):
        words_of(loop)


def test_a_generator_is_asked_once() -> None:
    asked = []
    values = Values(build(("", ""), (((asked.append(n) or n for n in (1, 2)), "v", None, ""),)))
    assert values.words(0) == ("1", "2") == values.words(0)
    assert len(asked) == 2


def test_raw_text_outside_of_a_literal_is_an_error() -> None:
    with pytest.raises(RawFound, match="in a literal only"):
        Values(build(("", ""), ((Raw("x"), "v", None, ""),))).words(0)


@pytest.mark.parametrize("value", ["3", 3.0, True, None, [3], "a[$(x)]"])
def test_arithmetic_takes_an_int_only(value: object) -> None:
    with pytest.raises(
        TemplateError, match=r"hole 1, `\$\{v1\}`, stands in shell arithmetic, which takes an int, not"
    ) as caught:
        shells.rendered(("echo $((", "))"), [value])
    assert caught.value.hint == "write ${int(v1)}"


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**40])
def test_arithmetic_takes_64_bits(value: int) -> None:
    with pytest.raises(TemplateError, match="64 bits"):
        shells.rendered(("echo $((", "))"), [value])

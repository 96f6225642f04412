"""How each value is referred to in shell text, to the letter: where its hole stands, in a shell with arrays and without."""

from __future__ import annotations

import pytest

from tests.words import shells
from xsh.errors import TemplateError
from xsh.words.reference import sigpipe_trap

WRITTEN = {
    # a literal whose holes are `@`, and its values: what bash and dash are given after the first statements
    ("x @; y", "v"): ('x "${__x[0]}"; y', 'x "${__x1}"; y'),
    ("x > @", "v"): ('x > "${__x[0]}"', 'x > "${__x1}"'),
    ('x "a @"; y', "v"): ('x "a ${__x[0]}"; y', 'x "a ${__x1}"; y'),
    ("x '@'; y", "v"): ("x ''\"${__x[0]}\"''; y", "x ''\"${__x1}\"''; y"),
    ("x $'@'; y", "v"): ("x $''\"${__x[0]}\"$''; y", None),
    ("cat <<E\n@\nE\n", "v"): ("cat <<E\n${__x[0]}\nE\n", "cat <<E\n${__x1}\nE\n"),
    ('x "${a:-@}"; y', "v"): ('x "${a:-${__x[0]}}"; y', 'x "${a:-${__x1}}"; y'),
    ("x $((2-@)); y", 3): ("x $((2-${__x[0]})); y", "x $((2-${__x1})); y"),
    ("x $((2-@)); y", -3): ("x $((2-(${__x[0]}))); y", "x $((2-(${__x1}))); y"),
    ("x @ @; y", "p", "q"): ('x "${__x[0]}" "${__x[1]}"; y', 'x "${__x1}" "${__x2}"; y'),
    ("x @; y", ("a", "b")): ('x "${__x[@]:0:2}"; y', 'x "${__x1}" "${__x2}"; y'),
    ("x @ @; y", "p", ("a", "b")): ('x "${__x[0]}" "${__x[@]:1:2}"; y', 'x "${__x1}" "${__x2}" "${__x3}"; y'),
    ("x @; y", ("a",)): ('x "${__x[0]}"; y', 'x "${__x1}"; y'),
    ('unset "@"; y', ("a", "b")): ('unset "${__x[0]}"; y', 'unset "${__x1}"; y'),
    ("unset $'@'; y", ("a", "b")): ("unset $''\"${__x[0]}\"$''; y", None),
    ('case "@" in x) y;; esac', ("a", "b")): ('case "${__x[0]}" in x) y;; esac', 'case "${__x1}" in x) y;; esac'),
    ("v=@; y", ("a", "b")): ('v="${__x[0]}"; y', 'v="${__x1}"; y'),
    ("x a@; y", ("a", "b")): ('x a"${__x[0]}" a"${__x[1]}"; y', 'x a"${__x1}" a"${__x2}"; y'),
    ("x @-@; y", ("a", "b"), ("c", "d")): (
        'x "${__x[0]}"-"${__x[2]}" "${__x[0]}"-"${__x[3]}" "${__x[1]}"-"${__x[2]}" "${__x[1]}"-"${__x[3]}"; y',
        'x "${__x1}"-"${__x3}" "${__x1}"-"${__x4}" "${__x2}"-"${__x3}" "${__x2}"-"${__x4}"; y',
    ),
    ("x $(y @); z", ("a", "b")): ('x $(y "${__x[@]:0:2}"); z', 'x $(y "${__x1}" "${__x2}"); z'),
    ('x "@"; y', ("a", "b")): ('x "${__x[0]}"; y', 'x "${__x1}"; y'),
    ("x @ @; y", ("a", "b"), ()): ('x "${__x[@]:0:2}" ${__x0+}; y', 'x "${__x1}" "${__x2}" ${__x0+}; y'),
    ("__x @; __xx", "v"): ('__x "${__xxx[0]}"; __xx', '__x "${__xxx1}"; __xx'),
}


def values_of(case: tuple[object, ...]) -> list[object]:
    """The values of a case: a list for a tuple."""
    return [list(value) if isinstance(value, tuple) else value for value in case[1:]]


@pytest.mark.parametrize("case", WRITTEN, ids=str)
def test_a_reference_is_written_for_its_place(case: tuple[str, object]) -> None:
    strings, values = tuple(case[0].split("@")), values_of(case)
    with_arrays, without = WRITTEN[case]
    bash = shells.shell_text(strings, values)
    prefix = "__xxx" if "__x" in case[0] else "__x"
    assert bash.text == f'{prefix}=("$@");set --;{with_arrays}'
    # zsh counts from 1, but where a range begins from 0
    zsh = shells.shell_text(strings, values, "zsh")
    later = with_arrays
    for number in (3, 2, 1, 0):
        later = later.replace(f"[{number}]", f"[{number + 1}]")
    assert zsh.text == f'{prefix}=("$@");set --;{later}'
    assert bash.params == zsh.params == params_of(case)
    if without is None:
        with pytest.raises(TemplateError, match="which dash does not know"):
            shells.shell_text(strings, values, "dash")
        return
    dash = shells.shell_text(strings, values, "dash")
    copies = "".join(f"{prefix}{number}=${{{number}}};" for number in range(1, len(dash.params) + 1))
    assert dash.text == f"{copies}set --;{without}"
    assert dash.params == bash.params


def params_of(case: tuple[str, object]) -> tuple[str, ...]:
    """The parameters in the order of their references."""
    if case[0].replace("'", '"').count('"@"') or case[0].startswith("v="):
        # in quotes and in an assignment a list is one text
        return tuple(" ".join(value) if isinstance(value, tuple) else str(value) for value in case[1:])
    return tuple(text for value in case[1:] for text in (value if isinstance(value, tuple) else (str(value),)))


@pytest.mark.parametrize("shell", ["bash", "zsh", "dash"])
def test_what_refers_to_nothing_is_left_as_it_is(shell: str) -> None:
    assert shells.shell_text(("x > y",), [], shell).text == "x > y"
    empty = shells.shell_text(("x ", "; y"), [[]], shell)
    assert (empty.text, empty.params) == ("x ${__x0+}; y", ())


MANY = [str(number) for number in range(500)]


@pytest.mark.parametrize("text", ["x @; y", 'x "$a" @; y', "x $ @; y", "cd x && x @"])
def test_from_five_hundred_items_on_a_list_stays_in_the_parameters(text: str) -> None:
    kept = shells.shell_text(tuple(text.split("@")), [MANY], "dash")
    assert kept.text == text.replace("@", '"$@"')
    assert kept.params == tuple(MANY)
    assert shells.shell_text(tuple(text.split("@")), [[*MANY, "more"]], "dash").text == kept.text
    few = shells.shell_text(tuple(text.split("@")), [MANY[1:]], "dash")
    assert few.text.count("$@") == 0
    assert few.text.endswith(text.replace("@", " ".join(f'"${{__x{number}}}"' for number in range(1, 500))))
    assert "$@" not in shells.shell_text(tuple(text.split("@")), [MANY], "bash").text.replace('("$@")', "")


def test_only_one_list_stays_in_the_parameters_after_those_that_are_copied() -> None:
    kept = shells.shell_text(("x ", " ", " ", "; y"), ["p", MANY, ["q"]], "dash")
    assert kept.text == '__x1=${1};__x2=${2};shift 2;x "${__x1}" "$@" "${__x2}"; y'
    assert kept.params == ("p", "q", *MANY)
    one = shells.shell_text(("x ", " ", "; y"), ["p", MANY], "dash")
    assert one.text == '__x1=${1};shift 1;x "${__x1}" "$@"; y'
    two = shells.shell_text(("x ", " ", "; y"), [MANY, MANY], "dash")
    assert two.text.count("$@") == 1
    assert two.text.endswith('"${__x499}" "${__x500}"; y')
    assert two.params == (*MANY, *MANY)


MENTIONS = [
    "echo $1 @", "x $0 @", "x $9 @", "x $@ @", "x $* @", "x $# @", "x ${1} @", "x ${a} @", "set x; y @", "shift; x @", "x() { y; }; x @",
    "function x { y; }; x @", "source x; x @", ". x; x @", "eval x; x @", "for i in a; do x @; done",
]  # fmt: skip


@pytest.mark.parametrize("text", MENTIONS)
def test_where_a_text_may_mean_its_own_parameters_none_stays_in_them(text: str) -> None:
    before, _, after = text.rpartition("@")
    found = shells.shell_text((before, after), [MANY], "dash")
    assert '"$@"' not in found.text
    assert "set --;" in found.text


NAMES = [
    # what stands at the hole, whether it is a name, and whether it is one where a value may follow
    ("a_Z9", True, True), ("-x", True, True), ("--x", False, False), ("a=b c", False, True), ("a[0]", False, False), ("a[$(x)]=b", False, False),
    ("é", False, False), ("", True, True), ("a=[$(x)]", False, True),
]  # fmt: skip


@pytest.mark.parametrize(("value", "name", "declared"), NAMES)
def test_what_a_builtin_takes_for_a_name_has_to_be_one(value: str, name: bool, declared: bool) -> None:
    for text, fits in (("unset @", name), ("export @", declared), ("export @x", declared)):
        strings = tuple(text.split("@"))
        for values in ([value], [["ok", value]]):
            if fits:
                assert value in shells.shell_text(strings, values).params
            else:
                with pytest.raises(TemplateError, match="is no name of a variable"):
                    shells.shell_text(strings, values)


def test_a_list_where_one_word_is_taken_is_refused_by_its_length() -> None:
    with pytest.raises(TemplateError, match="a list of 2 where"):
        shells.shell_text(("x > ", ""), [["a", "b"]])
    with pytest.raises(TemplateError, match="a list of 0 where"):
        shells.shell_text(("x > ", ""), [[]])
    assert shells.shell_text(("x > ", ""), [["a"]]).params == ("a",)


@pytest.mark.parametrize("program", ["x", "unset", "export"])
def test_in_quotes_a_list_is_one_text_also_beside_one_that_multiplies_the_word(program: str) -> None:
    for before, after, written in (('"', '"', '"{}"'), ("$'", "'", "$''\"{}\"$''")):
        found = shells.shell_text((f"{program} {before}", after, "; y"), [["a", "b"], ["c", "d"]])
        one = written.format("${__x[0]}")
        assert found.text == f'__x=("$@");set --;{program} {one}"${{__x[1]}}" {one}"${{__x[2]}}"; y'
        assert found.params == ("a b", "c", "d")


def test_the_trap_names_its_variables_by_the_prefix() -> None:
    trap = sigpipe_trap("__q")
    assert trap.startswith('trap \'__qs=("$?" "${PIPESTATUS[@]}");if ((${__qs[0]}==141&&')
    assert "__x" not in trap

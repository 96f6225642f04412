"""No value is ever executed: every attack in every context in every shell, places misjudged on purpose included."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from tests.counts import SEED, count
from tests.words import shells
from tests.words.corpus import ATTACKS, VALUES
from xsh.errors import TemplateError
from xsh.words.place import parse_shell
from xsh.words.render import ShellText, render
from xsh.words.shape import Place, Shape, Span

TEMPLATES = count("XSH_TEMPLATES", 120)
"""How many random templates each shell is given."""

# A literal with one hole that prints the value and a NUL, and what it puts around the value.
EXACT = {
    "bare": ("printf '%s\\0' ", ""),
    "glued": ("printf '%s\\0' a", "b", b"a", b"b"),
    "option": ("printf '%s\\0' --x=", "", b"--x=", b""),
    "double quotes": ("printf '%s\\0' \"a ", ' b"', b"a ", b" b"),
    "double quotes beside a variable": ("v=1; printf '%s\\0' \"$v", '$v"', b"1", b"1"),
    "single quotes": ("printf '%s\\0' 'a \" ", " $b'", b'a " ', b" $b"),
    "command substitution in quotes": ("printf '%s\\0' \"$(printf %s. ", ')"', b"", b"."),
    "backticks in quotes": ("printf '%s\\0' \"`printf %s. ", '`"', b"", b"."),
    "backticks with quotes in quotes": ("printf '%s\\0' \"`printf %s. \\\"", '\\"`"', b"", b"."),
    "nested backticks": ("printf '%s\\0' \"`printf %s. \"\\`printf %s. ", '\\`"`"', b"", b".."),
    "quotes in a substitution in quotes": ("printf '%s\\0' \"$(printf %s. \"", '")"', b"", b"."),
    "single quotes in a substitution": ("printf '%s\\0' \"$(printf %s. '", "')\"", b"", b"."),
    "subshell": ("(printf '%s\\0' ", ")"),
    "brace group": ("{ printf '%s\\0' ", "; }"),
    "assignment": ("v=", "; printf '%s\\0' \"$v\""),
    "assignment in quotes": ('v="', '"; printf \'%s\\0\' "$v"'),
    "assignment before a command": ("v=", ' sh -c \'printf "%s\\0" "$v"\''),
    "default of a variable": ("printf '%s\\0' \"${nothing:-", '}"'),
    "default of a variable without quotes": ("printf '%s\\0' ${nothing:-", "}"),
    "alternative of a variable": ("v=1; printf '%s\\0' \"${v:+", '}"'),
    "quotes in a default in quotes": ("printf '%s\\0' \"${nothing:-\"", '"}"'),
    "here-document": ("cat <<E\n", "\nE\nprintf '\\0'", b"", b"\n"),
    "continued line of a here-document": ("cat <<E\nx\\\nE", "\nE\nprintf '\\0'", b"xE", b"\n"),
    "here-document with tabs": ("cat <<-E\n\tx", "\n\tE\nprintf '\\0'", b"x", b"\n"),
    "here-document of two": (": <<E; cat <<F\nnone\nE\n", "\nF\nprintf '\\0'", b"", b"\n"),
    "substitution in a here-document": ("cat <<E\n$(printf %s. ", ")\nE\nprintf '\\0'", b"", b".\n"),
    "default in a here-document": ("cat <<E\n${nothing:-", "}\nE\nprintf '\\0'", b"", b"\n"),
    "word of case": ("case ", ' in "") printf "\\0";; *) v=1;; esac; printf \'%s\\0\' ""', None, None),
    "branch of case": ("case a in (b) ;; a) printf '%s\\0' ", ";; esac"),
    "loop": ("for v in ", "; do printf '%s\\0' \"$v\"; done"),
    "body of a loop": ("for v in 1; do printf '%s\\0' ", "; done"),
    "branch of if": ("if true; then printf '%s\\0' ", "; fi"),
    "function": ("f() { set -- other; printf '%s\\0' ", "; }; f a b"),
    "after set": ("set -- 1 2 3; shift; printf '%s\\0' ", ""),
    "after and": ("true && printf '%s\\0' ", " || false"),
    "pipeline": ("printf %s ", " | cat; printf '\\0'"),
    "redirect of input": ("printf '%s\\0' ", " < /dev/null"),
    "after a comment": ("true # it's $(x\nprintf '%s\\0' ", ""),
    "continued line": ("printf '%s\\0' \\\n", ""),
}
BASH = {
    "ansi quotes": ("printf '%s\\0' $'a\\'", "\\tb'", b"a'", b"\tb"),
    "here-string": ("cat <<< ", "; printf '\\0'", b"", b"\n"),
    "array": ("v=(1 ", " 2); printf '%s\\0' \"${v[1]}\""),
    "array subscript beside": ("v=([0]=", "); printf '%s\\0' \"${v[0]}\""),
    "local": ("f() { local v=", "; printf '%s\\0' \"$v\"; }; f"),
    "declare": ("declare v=", "; printf '%s\\0' \"$v\""),
    "declare in quotes": ('declare "v=', '"; printf \'%s\\0\' "$v"'),
    "process substitution": ("cat <(printf %s ", "); printf '\\0'"),
    "condition": ("[[ ", " == x ]] || true; printf '%s\\0' \"\"", None, None),
    "pattern of a condition": ("[[ x == ", " ]] || true; printf '%s\\0' \"\"", None, None),
    "regular expression": ("[[ x =~ ", " ]] || true; printf '%s\\0' \"\"", None, None),
    "printf into a variable": ("printf -v v %s ", "; printf '%s\\0' \"$v\""),
    "test": ("[ ", " = x ] || true; printf '%s\\0' \"\"", None, None),
    "pipe of both streams": ("printf %s ", " |& cat; printf '\\0'"),
}
CASES = [(shell, name, case) for shell in shells.SHELLS for name, case in EXACT.items()]
CASES += [("bash", name, case) for name, case in BASH.items() if "bash" in shells.FOUND]
CASES += [("zsh", name, BASH[name]) for name in ("ansi quotes", "here-string", "local") if "zsh" in shells.FOUND]


@pytest.mark.parametrize(("shell", "name", "case"), CASES, ids=[f"{shell}: {name}" for shell, name, _ in CASES])
def test_every_value_arrives_intact_in_every_place(shell: str, name: str, case: tuple, tmp_path: Path) -> None:
    before, after = case[2:] or (b"", b"")
    text = shells.shell_text(shells.repeated(case[:2], len(VALUES)), VALUES, shell)
    done = shells.run_text(shell, text, tmp_path)
    assert not (tmp_path / "P").exists(), name
    assert done.returncode == 0, done.stderr
    if before is not None:
        expected = [before + value.encode("utf-8", "surrogateescape") + after for value in VALUES]
        assert done.stdout.split(b"\0")[:-1] == expected


WRITINGS = ("bare", "double", "single", "ansi", "text", "arithmetic")


def misjudged(pieces: tuple, dice: random.Random) -> tuple:
    """The pieces with every place written as if it stood elsewhere."""
    changed = []
    for piece in pieces:
        if isinstance(piece, Place):
            changed.append(Place(piece.index, "joined", dice.choice(WRITINGS)))
        elif isinstance(piece, Span):
            changed.append(Span(dice.random() < 0.5, misjudged(piece.pieces, dice)))
        else:
            changed.append(piece)
    return tuple(changed)


@pytest.mark.parametrize("shell", shells.SHELLS)
def test_a_misjudged_place_runs_nothing(shell: str, tmp_path: Path) -> None:
    dice = random.Random(7)
    contexts = list(EXACT.values()) + (list(BASH.values()) if shell == "bash" else [])
    for case, attack in itertools.product(contexts, dice.sample(ATTACKS, 4)):
        shape = parse_shell(case[:2], shell)
        wrong = Shape("shell", shape.text, pieces=misjudged(shape.pieces, dice))
        text = render(shells.template_of(case[:2], [attack]), wrong, shell)
        assert isinstance(text, ShellText)
        shells.run_text(shell, text, tmp_path)
        assert not (tmp_path / "P").exists(), (text.text, text.params)


EVALUATED = {
    "arithmetic": ("echo $((", "))"),
    "arithmetic command": ("(( ", " )) || true"),
    "arithmetic with quotes": ('echo $(( "', '" ))'),
    "old arithmetic": ("echo $[", "]"),
    "loop of arithmetic": ("for ((i=", "; i<0; i++)); do :; done"),
    "subscript": ("a[", "]=1"),
    "subscript in an array": ("a=([", "]=1)"),
    "subscript in an expansion": ("a=(1); echo ${a[", "]}"),
    "left operand": ("[[ ", " -eq 1 ]] || true"),
    "right operand": ("[[ 1 -lt ", " ]] || true"),
    "right operand in quotes": ('[[ 1 -lt "', '" ]] || true'),
    "name in a condition": ("[[ -v ", " ]] || true"),
    "subscript in a condition": ("[[ -v a[", "] ]] || true"),
    "name in a test": ("[ -v ", " ] || true"),
    "name in a test by name": ("test -v ", " || true"),
    "let": ("let ", " || true"),
    "let with a name": ("let x=", " || true"),
    "let in quotes": ('let "x = ', '" || true'),
    "unset": ("unset ", ""),
    "unset in quotes": ('unset "', '"'),
    "unset by command": ("command unset ", ""),
    "unset of a subscript": ("unset a[", "]"),
    "read": ("read -r ", " < /dev/null || true"),
    "read into an array": ("read -a ", " < /dev/null || true"),
    "mapfile": ("mapfile -t ", " < /dev/null || true"),
    "printf into a name": ("printf -v ", " x"),
    "declare": ("declare ", ""),
    "declare in quotes": ('declare "', '"'),
    "export": ("export ", " || true"),
    "name of declare": ("declare ", "=1"),
    "subscript of declare": ("declare -a a[", "]=1"),
    "integer": ("declare -i a=", ""),
    "integer in quotes": ('declare -i "a=', '"'),
    "integer later": ("declare -i a; a=", ""),
    "declare after a backslash": ("\\declare ", ""),
    "declare in single quotes": ("'declare' ", ""),
    "declare half in quotes": ('de"cl"are ', ""),
    "declare on two lines": ("dec\\\nlare ", ""),
    "declare by its letters' numbers": ("$'\\x64eclare' ", ""),
    "declare by octal numbers": ("d$'\\145\\143l\\u0061re' ", ""),
    "declare for translation": ('$"declare" ', ""),
    "unset by command and a backslash": ("command \\unset ", ""),
    "unset by builtin and quotes": ("builtin 'unset' ", ""),
    "let after a backslash": ("\\let ", " || true"),
    "read after a backslash": ("\\read -r ", " < /dev/null || true"),
    "printf with its option in quotes": ("printf '-v' ", " x"),
    "printf with its option after a backslash": ("printf \\-v ", " x"),
    "name in a quoted test": ("'[' \"-v\" ", " ] || true"),
    "integer by an option in quotes": ("declare '-i' a=", ""),
    "getopts": ("getopts ab ", " -a || true"),
    "wait": ("true & wait -n -p ", " || true"),
}


@pytest.mark.parametrize("name", EVALUATED)
def test_what_bash_evaluates_takes_numbers_and_names_only(name: str, tmp_path: Path) -> None:
    literal = EVALUATED[name]
    for attack in ATTACKS:
        try:
            text = shells.shell_text(literal, [attack])
        except TemplateError:
            continue
        shells.run_text("bash", text, tmp_path)
        assert not (tmp_path / "P").exists(), text


def test_an_attack_that_is_pasted_as_text_would_run(tmp_path: Path) -> None:
    """The corpus can tell: the same literals with the value as text leave the file."""
    for attack in ATTACKS[:2]:
        quote = attack[0]
        text = ShellText(f"printf %s {quote}{attack}{quote}")
        shells.run_text("bash", text, tmp_path)
        assert (tmp_path / "P").exists()
        (tmp_path / "P").unlink()


# No word here evaluates a variable again (`eval`, arithmetic on a name): that would be the template's own doing.
FRAGMENTS = [
    " ", "\n", ";", "&&", "|", "'", '"', "$'", "\\", "`", "$(", ")", "(", "{ ", "; }", "${nothing:-", "${nothing#", "}", "<<E\n", "\nE\n", "<<'E'\n",
    "#", " > f", " < f", "<<< ", "printf %s ", "true ", "v=", "v=(", "for v in ", "; do ", "; done", "case ", " in ", ";; ", "esac", "if ", "; then ",
    "; fi", "[[ ", " ]]", " == ", " =~ ", " -eq ", "$((", "))", "((", "a[", "]=", "f() ", "function ", "*", "?", "~", "{a,", "export ", "unset ", "declare ",
    "read ", "printf -v ", "let ", "local ", "cat ", "! ", "&", "<(", "$v", '"$v"', "-", "=", ":",
]  # fmt: skip


@pytest.mark.parametrize("shell", shells.SHELLS)
def test_no_text_however_broken_runs_a_value(shell: str, tmp_path: Path) -> None:
    dice = random.Random(SEED)
    ran = 0
    while ran < TEMPLATES:
        strings = tuple("".join(dice.choices(FRAGMENTS, k=dice.randint(0, 5))) for _ in range(dice.randint(2, 4)))
        values = [dice.choice(ATTACKS) for _ in strings[1:]]
        try:
            text = shells.shell_text(strings, values, shell)
        except TemplateError:
            continue
        if ">" in text.text and not {"*", "?"}.isdisjoint(text.text):
            # a file of that name, found by a pattern that `declare` reads: the template's own doing
            continue
        shells.run_text(shell, text, tmp_path)
        ran += 1
        assert not (tmp_path / "P").exists(), (text.text, text.params)
        for left in tmp_path.iterdir():
            left.unlink()

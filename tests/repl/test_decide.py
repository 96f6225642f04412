"""What a text at the prompt is: one table of cases, and what the verdict carries."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsh.errors import TemplateError
from xsh.repl.decide import decide
from xsh.repl.known import Known
from xsh.repl.verdict import Verdict, glyph

PROGRAMS = {
    "ls", "git", "id", "zip", "dir", "sum", "env", "sleep", "timeout", "tee", "echo", "find", "curl", "printf", "wc", "cat",
    "ps", "make", "ssh", "vim", "7z", "2to3", "python3.11", "git-lfs", "import", "grep", "true", "[", "which", "kill",
    "man", "import-im6", "w", "sort", "head", "seq", "r", "match", "xargs", "tail", "dd", "sudo",
}  # fmt: skip
PATHS = {"docs/", "bin/run", "src/tool.sh"}
ALIASES = {"ll": "ls -l", "mine": print, "gs": "git status"}


def known(*bound: str) -> Known:
    return Known(bound, ALIASES, PROGRAMS.__contains__, is_path=PATHS.__contains__)


# text, names the user bound, kind, what is run (None: the text itself)
CASES: list[tuple[str, str, str, str | None]] = [
    # nothing
    ("", "", "empty", ""),
    ("   ", "", "empty", ""),
    ("\n\n", "", "empty", ""),
    ("# a comment", "", "empty", ""),
    ("  # a\n# b", "", "empty", ""),
    # rule 1: markers
    ("$ ls", "", "command", "ls"),
    ("$ ls -la", "ls", "command", "ls -la"),
    ("$   ls", "", "command", "ls"),
    ("$\tls", "", "command", "ls"),
    ("!ls", "", "command", "ls"),
    ("! ls -la", "ls la", "command", "ls -la"),
    ("$ for f in *.py; do echo $f; done", "", "command", "for f in *.py; do echo $f; done"),
    ("$ x = 3", "", "command", "x = 3"),
    ("$ gti status", "", "command", "gti status"),
    ("$ (cd x; ls)", "", "command", "(cd x; ls)"),
    ("  $ ls", "", "command", "ls"),
    # rule 2: keywords
    ("for x in y: print(x)", "", "python", None),
    ("import os", "", "python", None),
    ("import os, sys", "", "python", None),
    ("from os import path", "", "python", None),
    ("if x: y", "", "python", None),
    ("not x", "", "python", None),
    ("lambda: 3", "", "python", None),
    ("await sleep(1)", "", "python", None),
    ("await $`ls`", "", "python", None),
    ("del x", "", "python", None),
    ("None", "", "python", None),
    ("True", "", "python", None),
    ("pass", "", "python", None),
    ("assert x, 'no'", "", "python", None),
    ("raise ValueError", "", "python", None),
    ("with open('x') as f: pass", "", "python", None),
    ("import-im6 a.png", "", "command", None),
    # rule 2: the user's names
    ("ls", "ls", "python", None),
    ("ls -la", "ls la", "python", None),
    ("ls.x", "ls", "python", None),
    ("ls[0]", "ls", "python", None),
    ("ls == 3", "ls", "python", None),
    ("ls | wc", "ls wc", "python", None),
    ("x", "x", "python", None),
    ("x = 4", "x", "python", None),
    ("git-lfs", "git lfs", "python", None),
    ("ll", "ll", "python", None),
    ("src/tool.sh", "src tool", "python", None),
    # rule 2: not of command shape
    ("ls = 3", "", "python", None),
    ("ls=3", "", "python", None),
    ("ls: int = 3", "", "python", None),
    ("ls : int = 3", "", "python", None),
    ("ls, la = 1, 2", "", "python", None),
    ("ls , la = 1, 2", "", "python", None),
    ("ls += 1", "", "python", None),
    ("ls //= 1", "", "python", None),
    ("ls == 3", "", "python", None),
    ("ls != 3", "", "python", None),
    ("ls <= 3", "", "python", None),
    ("ls>=3", "", "python", None),
    ("ls(3)", "", "python", None),
    ("ls (3)", "", "python", None),
    ("make = ls = 3", "", "python", None),
    ("r'raw'", "", "python", None),
    ('r"raw"', "", "python", None),
    ("match x:\n    case 1: pass\n", "", "python", None),
    ("(1 + 2)", "", "python", None),
    ("[1, 2]", "", "python", None),
    ("[ x for x in y ]", "", "python", None),
    ("{1: 2}", "", "python", None),
    ("'text'", "", "python", None),
    ('"text".upper()', "", "python", None),
    ("f'{x}'", "", "python", None),
    ("3 + 4", "", "python", None),
    ("-3", "", "python", None),
    ("~x", "", "python", None),
    ("...", "", "python", None),
    ("@dec\ndef f(): pass\n", "", "python", None),
    ("*a, b = c", "", "python", None),
    # rule 3: programs
    ("ls", "", "command", None),
    ("ls -la", "", "command", None),
    ("ls - la", "", "command", None),
    ("ls | wc", "", "command", None),
    ("ls|wc", "", "command", None),
    ("ls > out.txt", "", "command", None),
    ("ls>out", "", "command", None),
    ("cat < in", "", "command", None),
    ("ls && make", "", "command", None),
    ("ls; make", "", "command", None),
    ("sleep 5 &", "", "command", None),
    ("make&", "", "command", None),
    ("ls *", "", "command", None),
    ("ls * foo", "", "command", None),
    ("ls *.py", "", "command", None),
    ("ls ~", "", "command", None),
    ("ls .", "", "command", None),
    ("ls [a-z]*", "", "command", None),
    ("git status", "", "command", None),
    ("git --version", "", "command", None),
    ("git commit -m 'it is'", "", "command", None),
    ('git commit -m "a b"', "", "command", None),
    ("git log --format=%s", "", "command", None),
    ("git-lfs pull", "", "command", None),
    ("echo {x}", "", "command", None),
    ("echo a{1,2}", "", "command", None),
    ("echo ${x}", "", "command", None),
    ("echo ${x!r:>4}", "", "command", None),
    ("echo $HOME", "", "command", None),
    ("echo \\${HOME:-x}", "", "command", None),
    ("echo $(date)", "", "command", None),
    ("echo `date`", "", "command", None),
    ('echo "it\'s"', "", "command", None),
    ("echo is it in or not", "", "command", None),
    ("man if", "", "command", None),
    ("find . -exec echo {} +", "", "command", None),
    ("find . -name '*.py' -exec wc {} \\;", "", "command", None),
    ("curl 'http://h/?a=1&b=2'", "", "command", None),
    ("curl http://h/?a=1", "", "command", None),
    ("python3.11 -V", "", "command", None),
    ("7z x a.7z", "", "command", None),
    ("2to3 x.py", "", "command", None),
    ("dd if=/dev/zero of=x", "", "command", None),
    ("\\ls -la", "", "command", None),
    ("ps aux | mine", "", "command", None),
    ("ps aux | ${mine}", "", "command", None),
    ("ls # comment", "", "command", None),
    ("  ls", "", "command", "ls"),
    ("ls  ", "", "command", "ls"),
    ("sudo make install", "", "command", None),
    ("time make", "", "command", None),
    ("time -p make", "", "command", None),
    ("type ls", "", "command", None),
    ("ulimit -a", "", "command", None),
    (": > file", "", "command", None),
    ("[ -f x ]", "", "command", None),
    ("[[ -d docs ]] && ls", "", "command", None),
    ("xargs -0 echo", "", "command", None),
    # rule 3: paths
    ("./x", "", "command", None),
    ("./x -v", "", "command", None),
    ("../x", "", "command", None),
    ("/usr/bin/x", "", "command", None),
    ("~/bin/x", "", "command", None),
    ("~root/bin/x a", "", "command", None),
    ("~", "", "command", None),
    ("..", "", "command", None),
    ("docs/", "", "command", None),
    ("bin/run all", "", "command", None),
    ("src/tool.sh -v", "", "command", None),
    ("nowhere/run", "", "python", None),
    (". env.sh", "", "command", None),
    ("./my\\ tool x", "", "command", None),
    # rule 3: aliases and the session's commands
    ("ll", "", "command", None),
    ("ll /tmp", "", "command", None),
    ("gs", "", "command", None),
    ("cd", "", "command", None),
    ("cd docs", "", "command", None),
    ("cd -", "", "command", None),
    ("cd ..", "", "command", None),
    ("cd('docs')", "", "python", None),
    ("pushd /tmp", "", "command", None),
    ("popd", "", "command", None),
    ("jobs", "", "command", None),
    ("fg", "", "command", None),
    ("fg %1", "", "command", None),
    ("bg %2", "", "command", None),
    ("kill %1", "", "command", None),
    ("export A=1", "", "command", None),
    ("unset A", "", "command", None),
    ("source x.xsh", "", "command", None),
    ("alias gs='git status'", "", "command", None),
    ("exit", "", "command", None),
    ("exit 3", "", "command", None),
    ("exit(3)", "", "python", None),
    ("which ls", "", "command", None),
    ("history", "", "command", None),
    ("wait", "", "command", None),
    # variables before a command
    ("A=1 make", "", "command", None),
    ("A=1 B='x y' make -j2", "", "command", None),
    ("A=1 ./x", "", "command", None),
    ("A=1 env", "A", "command", None),
    ("IFS=: ls -l", "", "command", None),
    ("A=1", "", "python", None),
    ("x=1 if y else 2", "y", "python", None),
    ("x=not w", "", "python", None),
    ("x=w in z", "", "python", None),
    ("x= id", "", "python", None),
    ("A = 1", "", "python", None),
    # rule 4: names that Python or xsh gives and that are programs
    ("id", "", "command", None),
    ("id -u", "", "command", None),
    ("id(3)", "", "python", None),
    ("id (3)", "", "python", None),
    ("id == 3", "", "python", None),
    ("id is None", "", "python", None),
    ("id in x", "", "python", None),
    ("id + 1", "", "python", None),
    ("id = 3", "", "python", None),
    ("id root", "", "command", None),
    ("zip --help", "", "command", None),
    ("zip -r a.zip docs", "", "command", None),
    ("zip(a, b)", "", "python", None),
    ("zip.__name__", "", "python", None),
    ("dir -l", "", "command", None),
    ("dir | grep x", "", "command", None),
    ("dir()", "", "python", None),
    ("dir / x", "", "python", None),
    ("dir /", "", "command", None),
    ("sum file", "", "command", None),
    ("sum(x)", "", "python", None),
    ("env", "", "command", None),
    ("env A=1 ls", "", "command", None),
    ("env['HOME']", "", "python", None),
    ("env.HOME", "", "python", None),
    ("sleep 5", "", "command", None),
    ("sleep(5)", "", "python", None),
    ("timeout 5 ls", "", "command", None),
    ("timeout('3s')", "", "python", None),
    ("tee out", "", "command", None),
    # rule 4: otherwise Python
    ("print('x')", "", "python", None),
    ("x", "", "python", None),
    ("gti", "", "python", None),
    ("foo.bar", "", "python", None),
    ("json", "", "python", None),
    ("$", "", "python", None),
    ("$`ls`", "", "python", None),
    ("$.cd('x')", "", "python", None),
    ("$(cwd='/')`ls`", "", "python", None),
    ("x = await $`ls`", "", "python", None),
    ("r = $`ls | wc`", "", "python", None),
    # help
    ("x?", "", "help", "x?"),
    ("x??", "", "help", "x??"),
    ("?x", "", "help", "x?"),
    ("ls?", "", "help", "ls?"),
    ("os.path.join?", "", "help", "os.path.join?"),
    ("git ?", "", "help", "git?"),
    # unfinished command lines
    ('git commit -m "unclosed', "", "incomplete", None),
    ("echo it's", "", "incomplete", None),
    ("ls |", "", "incomplete", None),
    ("ls &&", "", "incomplete", None),
    ("ls ||", "", "incomplete", None),
    ("ls \\", "", "incomplete", None),
    ("ls |\nwc &&", "", "incomplete", None),
    ("$ ls |", "", "incomplete", "ls |"),
    ("ls |\nwc", "", "command", None),
    ("ls \\\n-la", "", "command", None),
    ("echo 'a\nb'", "", "command", None),
    # unfinished Python
    ("if x:", "", "incomplete", None),
    ("if x:\n    y", "", "incomplete", None),
    ("if x:\n    y\n", "", "python", None),
    ("x = (", "", "incomplete", None),
    ("x = [1,\n2", "", "incomplete", None),
    ("'''abc", "", "incomplete", None),
    ("f'''abc {x", "", "incomplete", None),
    ("x = $```", "", "incomplete", None),
    ("x = $```\nls ${a", "", "incomplete", None),
    ("x = $```\nls\n```", "", "python", None),
    ("@dec", "", "incomplete", None),
    ("async def f():", "", "incomplete", None),
    ("x = \\", "", "incomplete", None),
    ("try:\n    x\nexcept E:", "", "incomplete", None),
    ("for x in y: print(x)", "", "python", None),
]


@pytest.mark.parametrize(("text", "bound", "kind", "runs"), CASES, ids=[repr(case[:2]) for case in CASES])
def test_a_text_is_what_the_rules_say(text: str, bound: str, kind: str, runs: str | None) -> None:
    verdict = decide(text, known(*bound.split()))
    assert (verdict.kind, verdict.text) == (kind, text if runs is None else runs), verdict.reason
    assert verdict.error is None
    assert verdict.reason


# text, names the user bound, mode, line, offset, words of the error
ERRORS: list[tuple[str, str, str, int, int, str]] = [
    ("if x == 1", "", "python", 1, 10, "expected ':'"),
    ("x = 1 +", "", "python", 1, 8, "invalid syntax"),
    ("print hello", "", "python", 1, 1, "Missing parentheses"),
    ("it's", "", "python", 1, 3, "unterminated string literal"),
    ("x = $`ls ", "", "python", 1, 6, "unterminated literal"),
    ("$HOME/bin/x", "", "python", 1, 1, "is not Python"),
    ("x y", "", "python", 1, 3, "invalid syntax"),
    ("def f():\n    x = = 1\n", "", "python", 2, 9, "invalid syntax"),
    ("return 1", "", "python", 1, 1, "outside function"),
    ("for f in *.py; do echo $f; done", "", "python", 1, 24, "is not Python"),
    ("  x = 1 +", "", "python", 1, 10, "invalid syntax"),
    ("ls -la", "ls", "python", 1, 1, "`ls` is a variable here: to run the program, write $ ls -la"),
    ("ls /tmp", "ls", "python", 1, 1, "`ls` is a variable here: to run the program, write $ ls /tmp"),
    ("ls | wc", "ls", "python", 1, 1, "`ls` is a variable here"),
    ("git status", "git", "python", 1, 1, "`git` is a variable here"),
    ("git-lfs pull", "git", "python", 1, 1, "$ git-lfs pull"),
    ("gs", "gs", "python", 0, 0, ""),
    ("gti status", "", "python", 1, 5, "invalid syntax"),
    ("curl http://h/?a=1&b=2", "", "command", 1, 19, "quote the address, 'http://h/?a=1&b=2'"),
    ("echo ${", "", "command", 1, 6, "unterminated hole"),
    ("echo ${x", "", "command", 1, 6, "unterminated hole"),
    ("echo ${}", "", "command", 1, 6, "empty hole"),
    ("echo ${x +}", "", "command", 1, 11, "invalid syntax"),
    ("$ echo ${x +}", "", "command", 1, 13, "invalid syntax"),
    ("echo ${HOME:-x}", "", "command", 1, 6, "the shell's own expansion"),
    ("echo it's\n\n\n", "", "command", 1, 8, "not closed"),
    ("ls |\n\n", "", "command", 1, 4, "no command stands after this"),
    ("echo 'a\nb' ${x +}", "", "command", 2, 9, "invalid syntax"),
]


@pytest.mark.parametrize(("text", "bound", "mode", "line", "offset", "words"), ERRORS, ids=[repr(e[0]) for e in ERRORS])
def test_an_error_stands_where_the_user_wrote_it(
    text: str, bound: str, mode: str, line: int, offset: int, words: str
) -> None:
    verdict = decide(text, known(*bound.split()))
    assert verdict.mode == mode
    if not line:
        assert verdict.error is None
        return
    assert isinstance(verdict.error, SyntaxError), verdict
    assert words in verdict.error.msg
    assert (verdict.error.lineno, verdict.error.offset) == (line, offset)


@pytest.mark.parametrize("text", ["echo $(ls", "( ls", "ls >", "cat <<EOF", "ls | | wc", "echo ${x:-1}"])
def test_shell_text_without_end_is_one_error_and_never_a_continuation(text: str) -> None:
    verdict = decide("$ " + text, known())
    assert verdict.kind == "command"
    assert isinstance(verdict.error, (TemplateError, SyntaxError))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("for f in *.py; do echo $f; done", "to give the line to the shell: $ for f in *.py; do echo $f; done"),
        ("while true; do ls; done", "to give the line to the shell: $ while true; do ls; done"),
        ("if [ -f x ]; then ls; fi", "to give the line to the shell: $ if [ -f x ]; then ls; fi"),
        ("(cd docs && ls)", "to give the line to the shell: $ (cd docs && ls)"),
        ("{ ls; }", "to give the line to the shell: $ { ls; }"),
        ("gti status", "there is no command `gti`; to run it anyway: $ gti status"),
    ],
)
def test_a_habit_from_another_shell_is_told_the_way(text: str, hint: str) -> None:
    verdict = decide(text, known())
    assert verdict.hint == hint
    assert verdict.error is not None
    assert verdict.error.__notes__ == [hint]


@pytest.mark.parametrize(
    ("text", "mode"),
    [("ls", "python"), ("x = 3", "command"), ("ls -la", "python"), ("$ ls", "python"), ("print 3", "command")],
)
def test_a_key_flips_the_verdict(text: str, mode: str) -> None:
    verdict = decide(text, known(), flipped=True)
    assert verdict.mode == mode
    assert verdict.reason == "you flipped it"


@pytest.mark.parametrize(
    ("text", "first", "rest"),
    [
        ("cd docs\nls -la\nmake", "cd docs", "ls -la\nmake"),
        ("x = 1\nls -la\ny = 2", "x = 1\n", "ls -la\ny = 2"),
        ("x = '''\nls -la\n'''\nls", "x = '''\nls -la\n'''\n", "ls"),
        ("def f():\n    ls\n\nls", "def f():\n    ls\n\n", "ls"),
        ("ls = 1\nls -la", "ls = 1\nls -la", ""),
        ("cat <<EOF\na ${x}\nEOF\nls", "cat <<EOF\na ${x}\nEOF", "ls"),
        ("ls |\n  wc\nmake", "ls |\n  wc", "make"),
        ("echo 'a\nls'\nls", "echo 'a\nls'", "ls"),
        ("x = 1\ny = 2", "x = 1\ny = 2", ""),
        ("foo(\nls\n)", "foo(\nls\n)", ""),
    ],
)
def test_several_lines_are_taken_one_item_after_the_other(text: str, first: str, rest: str) -> None:
    verdict = decide(text, known())
    assert (verdict.text, verdict.rest) == (first, rest)


def test_a_type_statement_is_python() -> None:
    assert decide("type X = int", known()).mode == "python"
    assert decide("type ls", known()).mode == "command"


def test_lines_are_incomplete_while_the_last_one_is() -> None:
    assert decide("ls\nif x:", known()).kind == "incomplete"
    assert decide("ls\necho 'a", known()).kind == "incomplete"
    assert decide("ls\nif x:\n    y\n", known()).kind == "command"


def test_the_glyph_shows_the_verdict() -> None:
    shown = [glyph(decide(text, known())) for text in ("", "ls", "x = 1", "x?", "ls |", "if x:")]
    assert shown == [">", "$", ">", "?", "$", ">"]
    assert glyph(None) == ">"


def test_usual_lines_are_decided_within_a_millisecond() -> None:
    lines = ["ls -la", "git commit -m 'a b' --amend", "x = [a for a in b if a]", "r = await $`git log -n ${n}`"]
    for line in lines:
        decide(line, known())
    took = []
    for _ in range(20):
        for line in lines:
            start = time.perf_counter()
            decide(line, known())
            took.append(time.perf_counter() - start)
    assert sorted(took)[len(took) // 2] < 0.001


TEXTS = st.one_of(
    st.text(alphabet="ls git$`'\"{}()[]|&;<>\\\n #=x1.,:!?~/-+*@é🙂"),
    st.lists(st.sampled_from(["ls", "|", " ", "\n", "if x:", "'", '"', "${", "}", "$(", ")", "x", "=", "```"])).map(
        "".join
    ),
    st.text(max_size=40),
)


@given(TEXTS)
def test_every_text_gets_a_verdict(text: str) -> None:
    verdict = decide(text, known("x"))
    assert isinstance(verdict, Verdict)
    assert verdict.kind in {"command", "python", "help", "empty", "incomplete"}
    if isinstance(verdict.error, SyntaxError):
        assert verdict.error.lineno is not None
    decide(text, known("x"), flipped=True)


@given(TEXTS)
def test_a_command_line_is_continued_only_for_a_quote_a_backslash_or_an_operator(text: str) -> None:
    verdict = decide("$ " + text, known())
    if verdict.kind == "incomplete" and not verdict.rest:
        tail = text.rstrip(" \t\n")
        assert "'" in text or '"' in text or tail.endswith(("|", "&&", "\\", "|&")) or "#" in text

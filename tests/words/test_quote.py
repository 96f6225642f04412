"""Quoted words are read back unchanged: by `split`, and by every shell that is installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.counts import count
from tests.words import shells
from tests.words.corpus import VALUES
from xsh.errors import TemplateError
from xsh.words.quote import quote, quote_always, quote_argv
from xsh.words.split import split

READERS = {**shells.FOUND, **({"fish": path} if (path := shutil.which("fish")) else {})}
WORDS = st.binary(max_size=40).map(lambda data: data.replace(b"\0", b"0").decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("", "''"), ("a", "a"), ("a b", "'a b'"), ("it's", "'it'\"'\"'s'"), ("a\\b", "'a'\"\\\\\"'b'"), ("-n", "-n"),
        ("-", "'-'"), ("--x=1", "--x=1"), ("a=1", "'a=1'"), ("=ls", "'=ls'"), ("~", "'~'"), ("50%", "'50%'"),
        ("user@host:/a/b.c,d+e", "user@host:/a/b.c,d+e"), ("café", "'café'"), ("a\nb", "'a\nb'"), ("''", "\"''\""),
        ("*", "'*'"), ("{}", "'{}'"), ("#", "'#'"),
    ],
)  # fmt: skip
def test_only_harmless_words_stay_bare(word: str, quoted: str) -> None:
    assert quote(word) == quoted


def test_a_reserved_word_is_quoted_where_a_command_starts() -> None:
    assert quote_argv(["time", "time"]) == "'time' time"
    assert quote_argv(["git", "if"]) == "git if"
    assert quote_argv([]) == ""


def test_a_nul_cannot_be_quoted() -> None:
    with pytest.raises(TemplateError, match="NUL"):
        quote("a\0b")


@given(st.lists(WORDS))
def test_split_reads_back_what_quote_writes(words: list[str]) -> None:
    assert split(quote_argv(words)) == words
    assert split(" ".join(map(quote_always, words))) == words


def read_back(shell: str, words: list[str], cwd: Path) -> list[str]:
    """The words that a shell finds in their quoted form."""
    script = f"printf '%s\\0' {quote_argv(words)}" if words else ""
    start = (READERS[shell], "sh") if shell == "busybox" else (READERS[shell],)
    done = shells.run((*start, "-c", script), cwd)
    assert not done.stderr
    return [part.decode("utf-8", "surrogateescape") for part in done.stdout.split(b"\0")[:-1]]


@pytest.mark.parametrize("shell", READERS)
def test_every_attack_is_read_back_by_every_shell(shell: str, tmp_path: Path) -> None:
    words = ["x", *VALUES]
    assert read_back(shell, words, tmp_path) == words
    assert not (tmp_path / "P").exists()


@pytest.mark.parametrize("shell", READERS)
@settings(max_examples=count("XSH_ROUND_TRIPS", 15))
@given(words=st.lists(WORDS, min_size=20, max_size=200))
def test_any_bytes_are_read_back_by_every_shell(
    shell: str, words: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert read_back(shell, ["x", *words], tmp_path_factory.getbasetemp()) == ["x", *words]

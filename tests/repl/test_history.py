"""The history: kept before a line runs, searched, and what is never kept."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.repl.histories import enter, rows, texts
from xsh.repl.history.entry import Entry, Query
from xsh.repl.history.memory import MemoryStore
from xsh.repl.history.store import SqliteStore
from xsh.watch.secrets import Secrets


def test_a_line_is_in_the_file_before_it_runs(open_history, path):
    history = open_history()
    history.begin("make", "/src", "box", "one")
    assert rows(path, "text, cwd, host, session, exit_status, duration") == [("make", "/src", "box", "one", None, None)]


def test_its_end_is_written_after_it(open_history, path):
    history = open_history()
    enter(history, "make", status=2)
    history.close()
    assert rows(path, "exit_status, duration") == [(2, 0.5)]


@pytest.mark.parametrize("text", ["", "   ", " secret thing", "\ttab in front"])
def test_a_blank_in_front_keeps_a_line_out(open_history, path, text):
    history = open_history()
    assert history.begin(text, "/", "h", "s") == 0
    history.begin("kept", "/", "h", "s")
    assert rows(path) == [("kept",)]
    assert history.own == ["kept"]


def test_ignored_patterns_keep_a_line_out(open_history):
    history = open_history()
    history.ignore = ("*password*", "ls")
    for text in ("ls", "ls -l", "echo password=1", "Ls"):
        enter(history, text)
    assert texts(history) == ["Ls", "ls -l"]


def test_a_registered_secret_keeps_a_line_out(open_history, path):
    secrets = Secrets()
    secrets.add("hunter2")
    history = open_history(secrets=secrets)
    enter(history, "curl -u me:hunter2 host")
    enter(history, "curl host")
    assert texts(history) == ["curl host"]
    history.close()
    assert b"hunter2" not in path.read_bytes()


def test_a_line_that_makes_its_own_secret_known_is_forgotten_on_the_disk(open_history, path):
    secrets = Secrets()
    history = open_history(secrets=secrets)
    number = history.begin("token = $.secret('hunter2-hunter2')", "/", "h", "s")
    secrets.add("hunter2-hunter2")
    history.end(number, 0, 0.1)
    history.close()
    for file in path.parent.iterdir():
        assert b"hunter2" not in file.read_bytes(), file
    assert history.own == []


def test_deleted_lines_are_gone_from_the_disk(open_history, path):
    history = open_history()
    enter(history, "echo oops-my-key")
    enter(history, "ls")
    assert history.delete(history.search(Query(text="oops"))) == 1
    assert history.own == ["ls"]
    history.close()
    for file in path.parent.iterdir():
        assert b"oops" not in file.read_bytes(), file


def test_up_walks_through_this_session_first(open_history):
    other, mine = open_history(), open_history()
    enter(mine, "make one", session="mine")
    enter(mine, "ls", session="mine")
    enter(mine, "make two", session="mine")
    enter(other, "make three", session="other")
    enter(other, "make one", session="other")
    assert mine.recent("mine") == ["make two", "ls", "make one", "make three"]
    assert mine.recent("mine", "make t") == ["make two", "make three"]


def test_lines_of_several_rows_and_any_bytes_come_back_whole(open_history, path):
    strange = ["for i in x:\n    print(i)\n    print('ü 日本')", "echo \udcff\udc80", "nul \0 inside", "lone \ud800"]
    history = open_history()
    for text in strange:
        enter(history, text, cwd="/tmp/\udcfe")
    history.close()
    again = open_history()
    assert texts(again, Query(cwd="/tmp/\udcfe")) == ["lone ?", *reversed(strange[:3])]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(text="make"), ["make test", "Make it", "make"]),
        (Query(text="Make"), ["Make it"]),
        (Query(text="t mak"), ["make test", "Make it"]),
        (Query(prefix="make"), ["make test", "make"]),
        (Query(prefix="ma%"), []),
        (Query(failed=True), ["make test", "make"]),
        (Query(cwd="/b"), ["make test", "ls"]),
        (Query(session="two"), ["make test", "ls"]),
        (Query(not_session="two"), ["Make it", "make"]),
        (Query(cwd="/b", failed=True), ["make test"]),
    ],
    ids=repr,
)
def test_searching(open_history, query, found):
    history = open_history()
    enter(history, "make", cwd="/a", status=2, session="one")
    enter(history, "ls", cwd="/b", session="two")
    enter(history, "Make it", cwd="/a", status=130, session="one")
    enter(history, "make test", cwd="/b", status=1, session="two")
    enter(history, "wait for the ends", cwd="/x", session="three")
    history.delete(history.search(Query(cwd="/x")))
    assert texts(history, query) == found


def test_a_suggestion_names_files_that_exist_here(open_history, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        (folder / "both").touch()
    (there / "only").touch()
    history = open_history()
    enter(history, "cat both", cwd=str(there))
    enter(history, "cat only", cwd=str(there))
    assert history.suggestion("cat", str(there)) == "cat only"
    assert history.suggestion("cat", str(here)) == "cat both"
    assert history.suggestion("cat both", str(here)) is None
    assert history.suggestion("nothing", str(here)) is None
    assert history.suggestion("", str(here)) is None


def test_a_suggestion_from_this_directory_wins_over_a_newer_one(open_history):
    history = open_history()
    enter(history, "make here", cwd="/a")
    enter(history, "make there", cwd="/b")
    assert history.suggestion("make", "/a") == "make here"
    assert history.suggestion("make", "/c") == "make there"


@given(
    entered=st.lists(
        st.tuples(
            st.sampled_from(["a b", "A b", "ab", "b%", "é", "É x"]), st.sampled_from("xy"), st.sampled_from([0, 1, 130])
        )
    ),
    query=st.builds(
        Query,
        text=st.sampled_from(["", "a", "A", "b a", "%", "é", "É"]),
        prefix=st.sampled_from(["", "a", "É"]),
        cwd=st.sampled_from([None, "x"]),
        session=st.sampled_from([None, "y"]),
        not_session=st.sampled_from([None, "y"]),
        failed=st.booleans(),
    ),
    unique=st.booleans(),
    limit=st.integers(1, 5),
)
def test_the_file_and_the_memory_find_the_same(entered, query, unique, limit):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "h.sqlite")
        file.touch()
        stores = (SqliteStore(file), MemoryStore())
        for store in stores:
            for text, place, status in entered:
                number = store.add(Entry(id=0, text=text, cwd=place, start=1.0, session=place, host="h"))
                store.finish(number, status, 0.5)
        found = [store.search(query, limit, unique=unique) for store in stores]
        directories = [sorted(store.directories()) for store in stores]
        for store in stores:
            store.close()
    assert found[0] == found[1]
    assert directories[0] == directories[1]


def test_directories_are_counted(open_history):
    history = open_history()
    for cwd in ("/a", "/b", "/a"):
        enter(history, "ls", cwd=cwd)
    assert {name: count for name, count, _ in history.directories()} == {"/a": 2, "/b": 1}

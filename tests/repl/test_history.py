"""The history: kept before a line runs, private, shared by many sessions, and never in the way."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsh.repl.history import History
from xsh.repl.history_entry import Entry, Query
from xsh.repl.history_file import default_path
from xsh.repl.history_memory import MemoryStore
from xsh.repl.history_store import SqliteStore
from xsh.watch.secrets import Secrets

ANOTHER_USER = 4711


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "xsh" / "history.sqlite"


@pytest.fixture
def open_history(path: Path) -> Iterator[Callable[..., History]]:
    opened: list[History] = []

    def make(file: Path = path, **given: object) -> History:
        history = History(file, **given)  # type: ignore[arg-type]
        opened.append(history)
        return history

    yield make
    for history in opened:
        history.close()


def enter(history: History, text: str, *, cwd: str = "/", status: int = 0, session: str = "s") -> int:
    number = history.begin(text, cwd, "host", session)
    history.end(number, status, 0.5)
    return number


def texts(history: History, query: Query | None = None) -> list[str]:
    return [entry.text for entry in history.search(query or Query())]


def rows(path: Path, columns: str = "text") -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(f"SELECT {columns} FROM lines ORDER BY id").fetchall()
    connection.close()
    return found


def test_a_line_is_in_the_file_before_it_runs(open_history, path):
    history = open_history()
    history.begin("make", "/src", "box", "one")
    assert rows(path, "text, cwd, host, session, exit_status, duration") == [("make", "/src", "box", "one", None, None)]


def test_its_end_is_written_after_it(open_history, path):
    history = open_history()
    enter(history, "make", status=2)
    history.close()
    assert rows(path, "exit_status, duration") == [(2, 0.5)]


def test_modes_are_private_whatever_the_umask(open_history, path):
    before = os.umask(0)
    try:
        history = open_history()
        history.begin("ls", "/", "h", "s")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}
    assert "history.sqlite-wal" in modes
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_others_could_read_is_closed_to_them(open_history, path):
    path.parent.mkdir(parents=True)
    path.touch(0o666)
    open_history().begin("ls", "/", "h", "s")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_in_its_place_is_refused(open_history, path, tmp_path):
    path.parent.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    path.symlink_to(elsewhere)
    history = open_history()
    history.begin("ls", "/", "h", "s")
    assert elsewhere.read_bytes() == b""
    assert "memory only" in (history.take_notice() or "")
    assert history.take_notice() is None
    assert texts(history) == ["ls"]


def test_a_fifo_in_its_place_is_refused(open_history, path):
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    history = open_history()
    history.begin("ls", "/", "h", "s")
    assert "not a regular file" in (history.take_notice() or "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("which", ["file", "directory"])
def test_what_another_user_owns_is_refused(open_history, path, which):
    path.parent.mkdir(parents=True)
    path.touch()
    os.chown(path if which == "file" else path.parent, ANOTHER_USER, -1)
    history = open_history()
    history.begin("ls", "/", "h", "s")
    assert f"belongs to user {ANOTHER_USER}" in (history.take_notice() or "")
    assert path.read_bytes() == b""


def test_without_a_home_there_is_one_notice_and_a_history(monkeypatch):
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    history = History()
    enter(history, "ls", status=1)
    enter(history, "pwd")
    assert texts(history) == ["pwd", "ls"]
    assert texts(history, Query(failed=True)) == ["ls"]
    assert history.take_notice() == "the history is kept in memory only: HOME is not set"
    assert history.take_notice() is None
    history.close()


def test_the_state_directory_has_the_first_word(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert default_path() == Path("/home/me/.local/state/xsh/history.sqlite")
    monkeypatch.setenv("XDG_STATE_HOME", "/var/me")
    assert default_path() == Path("/var/me/xsh/history.sqlite")
    monkeypatch.setenv("XDG_STATE_HOME", "relative/counts/not")
    assert default_path() == Path("/home/me/.local/state/xsh/history.sqlite")


def test_a_file_that_is_no_database_is_left_alone(open_history, path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database at all" * 100)
    history = open_history()
    history.begin("ls", "/", "h", "s")
    assert "not a database" in (history.take_notice() or "")
    assert path.read_bytes() == b"not a database at all" * 100


def test_a_file_of_a_newer_xsh_is_left_alone(open_history, path):
    open_history().begin("ls", "/", "h", "s")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    history = open_history()
    history.begin("pwd", "/", "h", "s")
    assert "newer xsh" in (history.take_notice() or "")
    assert texts(history) == ["pwd"]


def test_a_full_disk_is_told_once_and_the_lines_stay_in_memory(path):
    program = """
import resource, signal, sys
from pathlib import Path
from xsh.repl.history import History
history = History(Path(sys.argv[1]))
history.begin("first", "/", "h", "s")
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
for number in range(60):
    history.end(history.begin(f"line {number} " + "x" * 4000, "/", "h", "s"), 0, 0.1)
print(history.take_notice())
print(history.take_notice())
print(len(history.own), history.recent("s", "line 59")[0][:7])
history.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.stderr == ""
    notice, second, kept = done.stdout.splitlines()
    assert notice.startswith(f"the history {path} is kept in memory only: ")
    assert second == "None"
    assert kept == "61 line 59"


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


def test_twenty_sessions_write_at_once_without_a_lock_error(path):
    program = """
import sys
from pathlib import Path
from xsh.repl.history import History
history = History(Path(sys.argv[1]))
sys.stdin.readline()
for number in range(25):
    history.end(history.begin(f"{sys.argv[2]} {number}", "/", "h", sys.argv[2]), 0, 0.1)
history.close()
print(history.take_notice())
"""
    sessions = [
        subprocess.Popen(
            [sys.executable, "-c", program, path, str(number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for number in range(20)
    ]  # fmt: skip
    for session in sessions:
        assert session.stdin is not None
        session.stdin.write("go\n")
        session.stdin.flush()
    said = [session.communicate(timeout=50)[0] for session in sessions]
    assert said == ["None\n"] * 20
    found = rows(path, "session, exit_status")
    assert len(found) == 500
    assert {status for _, status in found} == {0}


def test_a_killed_shell_has_lost_nothing(path):
    program = """
import sys
from pathlib import Path
from xsh.repl.history import History
history = History(Path(sys.argv[1]))
history.end(history.begin("before", "/", "h", "s"), 0, 0.1)
history.begin("kill -9 $$", "/", "h", "s")
print("begun", flush=True)
sys.stdin.readline()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as session:
        assert session.stdout is not None
        assert session.stdout.readline() == b"begun\n"
        session.send_signal(signal.SIGKILL)
    assert rows(path, "text, exit_status") == [("before", 0), ("kill -9 $$", None)]


def test_a_locked_file_does_not_hold_a_line_up(open_history, path):
    history = open_history()
    enter(history, "first")
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = threading.Event()
        holder = threading.Thread(target=lambda: (history.begin("second", "/", "h", "s"), begun.set()))
        holder.start()
        assert begun.wait(2)
        holder.join()
        assert texts(history) == ["first"]
        other.execute("COMMIT")
    other.close()
    history.close()
    assert rows(path) == [("first",), ("second",)]
    assert history.take_notice() is None


def test_directories_are_counted(open_history):
    history = open_history()
    for cwd in ("/a", "/b", "/a"):
        enter(history, "ls", cwd=cwd)
    assert {name: count for name, count, _ in history.directories()} == {"/a": 2, "/b": 1}


def test_nothing_is_kept_once_closed(open_history, path):
    history = open_history()
    enter(history, "ls")
    history.close()
    assert history.begin("late", "/", "h", "s") == 0
    history.close()
    assert rows(path) == [("ls",)]

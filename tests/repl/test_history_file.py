"""The history's file: private, shared by many sessions, and never in the way of a line."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.repl.histories import enter, rows, texts
from tests.terminal import PATIENCE
from xsh.repl.history.entry import Query
from xsh.repl.history.file import default_path
from xsh.repl.history.history import History

ANOTHER_USER = 4711


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
from xsh.repl.history.history import History
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


def test_twenty_sessions_write_at_once_without_a_lock_error(path):
    program = """
import sys
from pathlib import Path
from xsh.repl.history.history import History
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
from xsh.repl.history.history import History
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
        assert begun.wait(PATIENCE)
        holder.join()
        assert texts(history) == ["first"]
        other.execute("COMMIT")
    other.close()
    history.close()
    assert rows(path) == [("first",), ("second",)]
    assert history.take_notice() is None


def test_nothing_is_kept_once_closed(open_history, path):
    history = open_history()
    enter(history, "ls")
    history.close()
    assert history.begin("late", "/", "h", "s") == 0
    history.close()
    assert rows(path) == [("ls",)]


def test_a_shell_that_is_left_while_the_file_is_being_opened(open_history, path, monkeypatch):
    history = open_history()
    errors = []

    def close() -> None:
        try:
            history.close()
        except RuntimeError as error:
            errors.append(error)

    closing = threading.Thread(target=close)

    class Slow(threading.Thread):
        """A thread whose start takes long enough for the shell's end to come in between."""

        def start(self) -> None:
            closing.start()
            closing.join(0.2)
            super().start()

    monkeypatch.setattr(threading, "Thread", Slow)
    history.open()
    closing.join(PATIENCE)
    assert not closing.is_alive()
    assert errors == []

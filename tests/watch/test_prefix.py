"""Lines of several jobs: whole, behind aligned labels, each on its own stream, prompts soon."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.script_runner import ScriptRunner
from tests.terminal import PtySession
from xsh.watch import prefix
from xsh.watch.prefix import Prefixer

Start = Callable[..., PtySession]


class Clock:
    """A reactor whose time passes when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def call_later(self, delay: float, callback: Callable[[], None]) -> Clock:
        self.waiting.append(callback)
        return self

    def cancel(self) -> None:
        self.waiting.clear()

    def pass_time(self) -> None:
        due, self.waiting = self.waiting, []
        for callback in due:
            callback()


class Shown:
    """What reached stdout (1) and stderr (2), which are one place."""

    def __init__(self) -> None:
        self.pieces: list[tuple[int, bytes]] = []

    def put(self, stream: int, data: bytes) -> None:
        self.pieces.append((stream, data))

    @property
    def text(self) -> bytes:
        return b"".join(data for _, data in self.pieces)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    screen = Shown()
    monkeypatch.setattr(prefix, "put", screen.put)
    monkeypatch.setattr(prefix, "place", lambda stream: (0, 0))
    monkeypatch.setenv("NO_COLOR", "1")
    prefix._Shown.unfinished.clear()
    yield screen
    prefix._Shown.unfinished.clear()


CHUNKS = {
    "one line": ([b"hello\n"], b"a | hello\n"),
    "a line in pieces": ([b"he", b"l", b"lo\n"], b"a | hello\n"),
    "many lines": ([b"1\n2\n3\n"], b"a | 1\na | 2\na | 3\n"),
    "blank lines": ([b"\n\n"], b"a | \na | \n"),
    "no end": ([b"1\n2"], b"a | 1\na | 2\n"),
    "CRLF": ([b"1\r\n2\r\n"], b"a | 1\na | 2\n"),
    "carriage returns": ([b"10%\r20%\n"], b"a | 10%\ra | 20%\n"),
    "no text": ([b"\xff\x00\n"], b"a | \xff\x00\n"),
}


@pytest.mark.parametrize("name", CHUNKS)
def test_lines_are_whole(name: str, shown: Shown) -> None:
    chunks, expected = CHUNKS[name]
    writer = Prefixer("a")
    for chunk in chunks:
        writer.write(1, chunk)
    writer.close()
    assert shown.text == expected


def test_a_prompt_is_shown_after_a_moment_and_its_line_goes_on(shown: Shown) -> None:
    clock = Clock()
    writer = Prefixer("a", 0, clock)
    writer.write(1, b"name? ")
    clock.pass_time()
    assert shown.text == b""
    clock.pass_time()
    assert shown.text == b"a | name? "
    writer.write(1, b"x\ny\n")
    writer.close()
    assert shown.text == b"a | name? x\na | y\n"


def test_a_moment_begins_anew_with_each_piece(shown: Shown) -> None:
    clock = Clock()
    writer = Prefixer("a", 0, clock)
    writer.write(1, b"1")
    clock.pass_time()
    writer.write(1, b"2")
    clock.pass_time()
    assert shown.text == b""
    writer.write(1, b"3\n")
    writer.close()
    assert shown.text == b"a | 123\n"
    assert clock.waiting == []


def test_nobody_writes_into_the_line_of_another(shown: Shown) -> None:
    clock = Clock()
    one, two = Prefixer("one", 0, clock), Prefixer("two", 0, clock)
    one.write(1, b"name? ")
    clock.pass_time()
    clock.pass_time()
    two.write(2, b"bad\n")
    one.write(1, b"x\n")
    one.write(2, b"oh ")
    clock.pass_time()
    clock.pass_time()
    one.close()
    two.close()
    assert shown.text == b"one | name? \ntwo | bad\none | x\none | oh \n"


def test_streams_stay_apart(shown: Shown) -> None:
    writer = Prefixer("a")
    writer.write(1, b"out")
    writer.write(2, b"err\n")
    writer.write(1, b"put\n")
    assert shown.pieces == [(2, b"a | err\n"), (1, b"a | output\n")]
    writer.close()


def test_an_endless_line_is_not_kept(shown: Shown) -> None:
    writer = Prefixer("a")
    for _ in range(40):
        writer.write(1, bytes(65536))
    assert len(writer.held[1]) <= prefix.LONGEST + 65536
    assert shown.text.count(b"a | ") == 1
    writer.close()


def test_a_label_cannot_move_the_cursor(shown: Shown) -> None:
    writer = Prefixer("a\x1b[2Jb")
    writer.write(1, b"x\n")
    assert shown.text == b"a\\x1b[2Jb | x\n"
    writer.close()


SEVERAL = """
await gather(
    $`bash -c 'for i in 1 2 3; do echo out $i; done'`.label("one"),
    $`bash -c 'for i in 1 2 3; do echo err $i >&2; done'`.label("three"),
)
"""


def test_each_stream_stays_what_it_is(script: ScriptRunner) -> None:
    run = script(SEVERAL)
    assert run.stdout == "".join(f"one   | out {n}\n" for n in (1, 2, 3))
    assert run.stderr == "".join(f"three | err {n}\n" for n in (1, 2, 3))


def test_no_line_is_torn_when_all_write_at_once(script: ScriptRunner) -> None:
    run = script("await gather(*[$`seq 20000`.label(f'job{n}') for n in range(4)])")
    lines = run.stdout.splitlines()
    for n in range(4):
        assert [line for line in lines if line.startswith(f"job{n}")] == [f"job{n} | {i}" for i in range(1, 20001)]
    assert len(lines) == 80000


def test_a_prompt_is_seen_while_its_program_waits(script: ScriptRunner, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    source = "await gather($`bash -c ${'printf \"name? \"; read x < go; echo $x'}`.label('ask'), $`true`.label('b'))"
    running = script.start(source)
    assert running.wait_for("name? ") == "ask | name? "
    (tmp_path / "go").write_text("me\n")
    assert running.finish().stdout == "ask | name? me\n"


def test_a_secret_in_a_label_is_masked(script: ScriptRunner) -> None:
    source = """
from xsh.session.session import current_session
current_session().secrets.add("hunter2")
await gather($`echo one hunter2`, $`echo two`)
"""
    assert "echo one ***" in script(source).stdout


COLOURED = re.compile(rb"\x1b\[0;(\d+)m(one  |three) \|\x1b\[0m ")


def colours(start: Start, xsh_argv: list[str], tmp_path: Path, **env: str) -> dict[bytes, set[bytes]]:
    """The colours of each label on a terminal."""
    (tmp_path / "several.xsh").write_text(SEVERAL)
    session = start([*xsh_argv, "several.xsh"], env=env)
    assert session.wait() == 0
    assert "one   | out 3" in session.text
    found: dict[bytes, set[bytes]] = {}
    for colour, label in COLOURED.findall(bytes(session.transcript)):
        found.setdefault(label, set()).add(colour)
    return found


def test_labels_have_colours_of_their_own(pty_session: Start, xsh_argv: list[str], tmp_path: Path) -> None:
    found = colours(pty_session, xsh_argv, tmp_path)
    assert [len(colour) for colour in found.values()] == [1, 1]
    assert found[b"one  "] != found[b"three"]


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_can_be_refused(env: dict[str, str], pty_session: Start, xsh_argv: list[str], tmp_path: Path) -> None:
    assert colours(pty_session, xsh_argv, tmp_path, **env) == {}


def test_an_empty_no_color_refuses_nothing(pty_session: Start, xsh_argv: list[str], tmp_path: Path) -> None:
    assert colours(pty_session, xsh_argv, tmp_path, NO_COLOR="") != {}

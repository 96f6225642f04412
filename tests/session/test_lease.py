"""The lease of the terminal step by step: whose it is, who waits, what is told again, what has gone meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import process_table
from tests.terminal import PtySession

Run = Callable[..., PtySession]

READ = "sh -c 'exec </dev/tty; read -r word; echo got $word >&2'"
OWN = (
    "import os, termios\nfrom types import SimpleNamespace\nfrom xsh.session.session import current_session\n"
    "from xsh.session.terminal import open_terminal\n"
    "await $`true`\nown = open_terminal(current_session().runner)\nbefore = termios.tcgetattr(own.fd)\n"
)


@pytest.fixture
def run(pty_session: Run, tmp_path: Path, xsh_argv: list[str]) -> Run:
    """`run("source", before=[program, …])` runs a script on a terminal, as the argument of those words if there are any."""

    def start(source: str, before: list[str] | None = None) -> PtySession:
        (tmp_path / "script.xsh").write_text(source)
        return pty_session([*(before or []), *xsh_argv, "script.xsh"], env={"PATH": os.environ["PATH"]})

    return start


def in_front(terminal: PtySession) -> int:
    """Wait until a command has the terminal; its group."""
    terminal.wait_until(lambda: terminal.foreground_group != terminal.process.pid, "the terminal lent")
    return terminal.foreground_group


def stopped_readers(terminal: PtySession) -> list[int]:
    """The commands that stand still."""
    return [process.pid for process in terminal.living() if process.state == "T"]


def test_a_terminal_that_is_another_sessions_is_not_lent(run: Run) -> None:
    terminal = run("r = await $`echo fine`\nprint(r)\n", ["setsid", "-w"])
    terminal.wait_for("fine")
    assert terminal.wait() == 0


def test_an_ignored_ctrl_z_stays_ignored(run: Run) -> None:
    source = "await $`true`\nimport signal\nprint(signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN)\n"
    terminal = run(source, ["sh", "-c", "trap '' TSTP; exec \"$@\"", "sh"])
    terminal.wait_for("True")
    assert terminal.wait() == 0


def test_a_child_that_is_no_command_is_nothing_to_look_at(run: Run) -> None:
    source = "await $`true`\nimport os\nos.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)\nprint('fine')\n"
    terminal = run(source)
    terminal.wait_for("fine")
    assert terminal.wait() == 0


def test_whoever_has_the_terminal_and_is_stopped_for_it_again_goes_on(run: Run) -> None:
    terminal = run(f"await $`{READ}`\n")
    os.killpg(in_front(terminal), signal.SIGTTIN)
    terminal.send_line("word")
    terminal.wait_for("got word")
    assert terminal.wait() == 0


def test_whoever_waits_and_is_continued_waits_on(run: Run) -> None:
    terminal = run(f"rs = await gather($`{READ}`, $`{READ}`)\nprint([r.stderr for r in rs])\n")
    first = in_front(terminal)
    terminal.wait_for("1 command waits for the terminal")
    (waiting,) = stopped_readers(terminal)
    os.kill(waiting, signal.SIGCONT)
    terminal.wait_until(lambda: stopped_readers(terminal) == [waiting], "it stopped again")
    assert terminal.foreground_group == first
    terminal.send_line("one")
    terminal.wait_until(lambda: terminal.foreground_group == waiting, "the terminal lent on")
    terminal.send_line("two")
    assert terminal.wait() == 0
    assert "['got one\\n', 'got two\\n']" in terminal.text or "['got two\\n', 'got one\\n']" in terminal.text
    assert terminal.text.count("waits for the terminal") == 1


def test_whoever_is_stopped_while_it_waits_waits_no_more(run: Run) -> None:
    terminal = run(
        f"first = $`{READ}`.start()\nimport os\n"
        "tty = os.open('/dev/tty', os.O_RDWR)\nwhile os.tcgetpgrp(tty) != first.pid: await sleep(0.001)\n"
        f"try:\n    await $`{READ}`.quiet().timeout('300ms')\nexcept CommandTimedOut:\n    print('late')\n"
        "print((await first.wait()).stderr)\n"
    )
    terminal.wait_for("late")
    assert process_table.read_process(in_front(terminal)) is not None
    terminal.send_line("word")
    terminal.wait_for("got word")
    assert terminal.wait() == 0


def test_it_is_taken_back_at_the_end_from_whoever_still_has_it(run: Run) -> None:
    terminal = run(
        OWN
        + "raw = [*before]\nraw[3] &= ~termios.ECHO\n"
        + "own._lend(SimpleNamespace(members=[]))\ntermios.tcsetattr(own.fd, termios.TCSANOW, raw)\n"
        + "tty = os.dup(own.fd)\nown.close()\nprint(termios.tcgetattr(tty) == before, os.tcgetpgrp(tty) == os.getpgrp())\n"
    )
    terminal.wait_for("True True")
    assert terminal.wait() == 0


def test_a_group_that_has_ended_meanwhile_is_passed_over(run: Run) -> None:
    terminal = run(
        OWN
        + "sent = []\n"
        + "gone = SimpleNamespace(group=2**22 - 7, host=None, status=None, signal=sent.append)\n"
        + "own._lend(SimpleNamespace(members=[SimpleNamespace(process=gone)]))\n"
        + "import signal\nprint(sent == [signal.SIGCONT], os.tcgetpgrp(own.fd) == os.getpgrp())\nown.close()\n"
    )
    terminal.wait_for("True True")
    assert terminal.wait() == 0


def test_a_terminal_that_has_gone_is_not_taken_back(run: Run) -> None:
    terminal = run(
        OWN
        + "import signal\nown._lend(SimpleNamespace(members=[]))\nheard = signal.getsignal(signal.SIGTTOU)\n"
        + "os.dup2(os.open('/dev/null', os.O_RDWR), own.fd)\nown._take_back()\n"
        + "print(own.holder is None, signal.getsignal(signal.SIGTTOU) == heard)\nown.close()\n"
    )
    terminal.wait_for("True True")
    assert terminal.wait() == 0

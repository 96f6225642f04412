"""A disk that is full or read-only, a directory that is gone: told once, the rest goes on, old files stay whole."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.mounts import namespace, on_small_disk, read_only
from tests.script_runner import ScriptRun, ScriptRunner
from tests.terminal import PtySession

pytestmark = pytest.mark.skipif(not namespace(), reason="nobody here may mount a disk of his own (unshare(1))")
ENGINES = pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])
Small = Callable[..., ScriptRun]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Where the small disk is."""
    place = tmp_path / "small"
    place.mkdir()
    return place


@pytest.fixture
def run(script: ScriptRunner, tmp_path: Path, small: Path) -> Small:
    """`run("source", shell='… "$@" …')` runs a script beside a disk of 64 KiB."""

    def start(source: str, shell: str = 'exec "$@"', **env: str) -> ScriptRun:
        argv = ["sh", "-c", shell, "sh", sys.executable, "-m", "xsh", str(script.write(source))]
        return script.start_argv(on_small_disk(small, argv), cwd=tmp_path, env=script.environment(**env)).finish()

    return start


FULL = {
    "a program's file": (
        "await $`head -c 1M /dev/zero`.stdout(Path('small/a')).stderr(Path('said'))",
        "except CommandFailed as error:\n    print(error.exit_code, 'No space left' in Path('said').read_text())\n",
        "1 True\n",
    ),
    "a program's file, in shell text": (
        "r = await $`head -c 1M /dev/zero > small/a`",
        "except CommandFailed as error:\n    print(error.exit_code, 'No space left' in error.tail)\n",
        "1 True\n",
    ),
    "a file that Python writes": (
        "await ($`yes` | str.upper | Path('small/a'))",
        "except OSError as error:\n    print(error.strerror, error.filename)\n",
        "No space left on device small/a\n",
    ),
    "an open file": (
        "await ($`yes` | str.upper | open('small/a', 'wb'))",
        "except OSError as error:\n    print(error.strerror, error.filename)\n",
        "No space left on device small/a\n",
    ),
    "one of several branches": (
        "await ($`seq 100000` | tee(Path('small/a'), Path('b'), $`wc -l` | Path('count')))",
        (
            "except OSError as error:\n    print(error.strerror, error.filename)\n"
            "print(len(Path('b').read_text().split()), Path('count').read_text().strip())\n"
        ),
        "No space left on device small/a\n100000 100000\n",
    ),
    "a branch with functions": (
        "await ($`seq 100000` | tee($`cat` | str.strip | (lambda x: x) | Path('small/a'), Path('b')))",
        (
            "except OSError as error:\n    print(error.strerror, error.filename)\n"
            "print(len(Path('b').read_text().split()))\n"
        ),
        "No space left on device small/a\n100000\n",
    ),
    "a temporary file": (
        "tempfile('x' * 200_000).__enter__()",
        (
            "except OSError as error:\n    print(error.strerror, error.filename.startswith(os.getcwd() + '/small/xsh-'))\n"
            "print(os.listdir('small'))\n"
        ),
        "No space left on device True\n[]\n",
    ),
}


@ENGINES
@pytest.mark.parametrize(("work", "then", "output"), FULL.values(), ids=FULL)
def test_a_full_disk_is_told_once_and_the_script_goes_on(
    work: str, then: str, output: str, engine: str, run: Small, small: Path
) -> None:
    source = f"{engine}try:\n    {work}\n    print('went well')\n{then}print((await $`echo fine`).text)\n"
    done = run(source, TMPDIR=str(small))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{output}fine\n", "")


@ENGINES
def test_uncaught_it_ends_the_script_with_one_traceback(engine: str, run: Small) -> None:
    done = run(f"{engine}await ($`seq 100000` | tee(Path('small/a'), $`wc -l`)).show()\n")
    assert (done.returncode, done.stdout) == (1, "100000\n")
    assert done.stderr.count("Traceback") == 1
    assert done.stderr.endswith("OSError: [Errno 28] No space left on device: 'small/a'\n")


@ENGINES
def test_what_is_kept_is_whole_where_it_can_no_longer_be_shown(engine: str, run: Small, tmp_path: Path) -> None:
    source = (
        f"{engine}job = $`seq 100000`.tee().start()\n"
        "try:\n    await job.wait()\nexcept OSError as error:\n    told = [error.strerror, error.filename]\n"
        "import json\n"
        "open('told', 'w').write(json.dumps([*told, len(job.result.lines), job.result.exit_code]))\n"
    )
    run(source, shell='"$@" > small/out')
    assert (tmp_path / "told").read_text() == '["No space left on device", "<stdout>", 100000, 0]'


def test_a_script_runs_although_its_code_cannot_be_kept(run: Small, tmp_path: Path, small: Path) -> None:
    # the first run keeps its code, then the disk is full, then another script has no room for its own
    again = (
        '"$@" && head -c 1M /dev/zero > small/fill 2>/dev/null; find small/xsh -type f | xargs cat | cksum > before;'
        ' "$@" && echo "print(2)" > other.xsh && "$1" "$2" "$3" other.xsh; status=$?;'
        " find small/xsh -type f | xargs cat | cksum > after; find small/xsh -type f | wc -l; exit $status"
    )
    done = run("print(1)\n", shell=again, XDG_CACHE_HOME=str(small))
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n1\n2\n1\n", "")
    assert (tmp_path / "before").read_text() == (tmp_path / "after").read_text()


HISTORY = """\
import sys
from pathlib import Path
from xsh.repl.history.history import History
from xsh.repl.history.entry import Query

path = Path("small/history")
history = History(path)
history.end(history.begin("first", "/", "h", "s"), 0, 0.1)
try:
    open("small/fill", "wb", buffering=0).write(b"x" * 1_000_000)
except OSError:
    pass
for number in range(60):
    history.end(history.begin(f"line {number} " + "x" * 4000, "/", "h", "s"), 0, 0.1)
print(history.take_notice())
print(history.take_notice(), len(history.own))
history.close()
Path("small/fill").unlink()
again = History(path)
print([entry.text for entry in again.search(Query())][-1], again.take_notice())
again.close()
"""


def test_the_history_of_the_prompt_stays_whole_and_goes_on_in_memory(
    script: ScriptRunner, tmp_path: Path, small: Path
) -> None:
    argv = on_small_disk(small, [sys.executable, "-c", HISTORY], "256k")
    done = script.start_argv(argv, cwd=tmp_path, env=script.environment()).finish()
    assert (done.returncode, done.stderr) == (0, "")
    first, second, third = done.stdout.splitlines()
    assert first.startswith("the history small/history is kept in memory only: ")
    assert second == "None 61"
    assert third == "first None"


@pytest.fixture
def prompt(
    pty_session: Callable[..., PtySession], tmp_path: Path, xsh_argv: list[str], script: ScriptRunner
) -> Callable[..., PtySession]:
    """`prompt(wrap)`: the prompt in whatever `wrap(argv)` makes of it."""

    def start(wrap: Callable[[list[str]], list[str]]) -> PtySession:
        env = {"HOME": str(script.home), "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": "", "PROMPT_TOOLKIT_NO_CPR": "1"}
        return pty_session(wrap([*xsh_argv, "--no-rc"]), env=env, cols=100)

    return start


def test_the_prompt_starts_in_a_home_that_cannot_be_written(
    prompt: Callable[..., PtySession], script: ScriptRunner
) -> None:
    terminal = prompt(lambda argv: read_only(script.home, argv))
    terminal.wait_for(">", 30)
    terminal.send_line("echo one-$((1+1))")
    terminal.wait_for("one-2")
    terminal.wait_for("kept in memory only")
    terminal.send_line("echo two-$((1+2))")
    terminal.wait_for("two-3")
    terminal.send_line("exit")
    assert terminal.wait() == 0
    assert terminal.transcript.count(b"kept in memory only") == 1
    assert list(script.home.rglob("*history*")) == []


def test_a_script_runs_with_a_home_and_a_directory_that_cannot_be_written(script: ScriptRunner, tmp_path: Path) -> None:
    source = (
        "print((await $`echo fine`).text)\n"
        "try:\n    await $`echo x`.stdout(Path('out'))\nexcept OSError as error:\n    print(error.strerror, error.filename)\n"
        "try:\n    await $`echo x > out`\nexcept CommandFailed as error:\n    print(error.exit_code)\n"
    )
    path = script.write(source)
    argv = read_only(tmp_path, [sys.executable, "-m", "xsh", str(path)])
    done = script.start_argv(argv, cwd=tmp_path, env=script.environment()).finish()
    assert (done.returncode, done.stdout) == (0, "fine\nRead-only file system out\n1\n")
    assert list(script.home.iterdir()) == []

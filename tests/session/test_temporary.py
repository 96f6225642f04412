"""Temporary files and directories: private, and gone on every way out of their block and of the script."""

from __future__ import annotations

import os
import random
import shutil
import signal
import stat
import time
from pathlib import Path

import pytest

from tests.script_runner import ScriptRunner
from xsh import tempdir, tempfile
from xsh.session import temporary

TRIALS = 20
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def test_they_are_private_and_gone() -> None:
    with tempdir() as folder, tempfile("text é", suffix=".env") as file, tempfile(b"\0") as binary:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert (file.read_text(), file.suffix, binary.read_bytes()) == ("text é", ".env", b"\0")
        (folder / "deep").mkdir()
        (folder / "deep" / "file").touch()
        binary.unlink()
    assert not folder.exists()
    assert not file.exists()
    with pytest.raises(LookupError), tempdir() as folder:
        raise LookupError
    assert not folder.exists()


async def test_they_are_so_in_async_blocks() -> None:
    async with tempdir("mine-") as folder, tempfile("x") as file:
        assert folder.name.startswith("mine-")
        assert file.read_text() == "x"
    assert not folder.exists()
    assert not file.exists()


def test_what_bears_the_name_already_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    bytes_of = [b"a" * 8, b"a" * 8, b"b" * 8]
    monkeypatch.setattr(os, "urandom", lambda size: bytes_of.pop(0))
    others = tmp_path / f"xsh-{(b'a' * 8).hex()}"
    others.write_text("somebody's")
    with tempfile("x") as file:
        assert file != others
    temporary.remove_all()
    assert others.read_text() == "somebody's"


WORK = """\
print("ready", flush=True)
async def one():
    while True:
        with tempdir() as folder, tempfile("x" * 1000, suffix=".env") as file:
            (folder / "a").write_text("x")
            await $`cat ${file}`.stdout(folder / "b")
async def two():
    while True:
        async with tempdir("mine-") as folder:
            await $`sh -c 'setsid -f sh -c "sleep 0.02; echo late > $0/late"' ${folder}`.quiet()
"""
WAYS = {
    "one after the other": WORK + "await one()\n",
    "on the loop": "import asyncio\n" + WORK + "await one()\n",
    "several at a time": WORK + "await gather(one, two, one)\n",
    "without a command": "print('ready', flush=True)\nwhile True:\n    with tempdir() as d, tempfile('x') as f:\n        pass\n",
    "opened and forgotten": WORK + "tempdir().__enter__()\ntempfile('x').__enter__()\nawait one()\n",
}


@pytest.mark.parametrize("source", WAYS.values(), ids=WAYS)
def test_signals_at_random_moments_leave_none(source: str, script: ScriptRunner, tmp_path: Path) -> None:
    rng = random.Random(5)
    folder = tmp_path / "tmp"
    folder.mkdir()
    path = script.write(source)
    for _ in range(TRIALS):
        running = script.start(path, env={"TMPDIR": str(folder)})
        running.wait_for("ready")
        number = rng.choice(SIGNALS)
        time.sleep(rng.uniform(0, 0.08))  # the moment itself is what is random
        running.send_signal(number)
        run = running.finish()
        assert (run.returncode, run.stderr) == (-number, "")
        assert list(folder.iterdir()) == []


def test_without_a_place_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(FileNotFoundError, match="set TMPDIR"):
        tempdir().__enter__()
    with pytest.raises(FileNotFoundError, match="set TMPDIR"):
        tempfile().__enter__()


@pytest.mark.parametrize("end", ["", "import sys\nsys.exit(3)\n", "1 / 0\n", "r = await $`exit 3`\n"])
def test_the_end_of_a_script_removes_what_no_block_has(end: str, script: ScriptRunner, tmp_path: Path) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    source = (
        "d = tempdir().__enter__()\nf = tempfile('x').__enter__()\n(d / 'a').mkdir()\n(d / 'a' / 'b').touch()\n"
        "print(len(list(Path(d).parent.iterdir())))\n"
    )
    run = script(source + end, env={"TMPDIR": str(folder)})
    assert run.stdout == "2\n"
    assert list(folder.iterdir()) == []


def test_an_interruption_within_the_removal_stays_one_and_the_end_removes_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path, _ = temporary.make("xsh-", "", os.mkdir)

    def cut_off(path: str) -> None:
        try:
            raise KeyboardInterrupt
        finally:
            # as rmtree closes a directory that it has just closed
            os.close(-1)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", cut_off)
        with pytest.raises(KeyboardInterrupt):
            temporary.remove(path)
    assert os.path.isdir(path)
    temporary.remove_all()
    assert not os.path.exists(path)


def test_a_directory_that_cannot_be_removed_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(PermissionError, match="Permission denied"):
        temporary.remove(str(tmp_path))

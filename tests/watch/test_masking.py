"""A secret that comes in pieces is masked as one that comes whole, and nothing else is held back or lost."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.script_runner import ScriptRunner
from xsh.watch.masking import MaskedLines, StreamMasker
from xsh.watch.secrets import Secrets

SPLITS = 3000


def secrets_of(*values: str) -> Secrets:
    secrets = Secrets()
    for value in values:
        secrets.add(value)
    return secrets


def pieces(rng: random.Random, data: bytes) -> list[bytes]:
    """The data cut at random places."""
    cuts = sorted(rng.randint(0, len(data)) for _ in range(rng.randint(1, 6)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def streamed(secrets: Secrets, parts: list[bytes]) -> bytes:
    masker = StreamMasker(secrets)
    return b"".join([*map(masker.feed, parts), masker.end()])


@pytest.mark.parametrize("alphabet", ["ab", "abc\n", "xyz0 \n'é"], ids=["two letters", "with lines", "words"])
def test_random_splits(alphabet: str) -> None:
    # few letters, so that secrets overlap, begin in one another and come again
    rng = random.Random(7)
    for _ in range(SPLITS):
        values = ["".join(rng.choices(alphabet, k=rng.randint(2, 9))) for _ in range(rng.randint(1, 3))]
        secrets = secrets_of(*values)
        words = ["".join(rng.choices(alphabet, k=rng.randint(0, 5))) for _ in range(4)]
        text = "".join(word + rng.choice(values) for word in words)
        parts = pieces(rng, text.encode())
        whole = secrets.patterns[1].sub(b"***", text.encode())
        assert streamed(secrets, parts) == whole, (values, parts)
        assert not any(value.encode() in whole for value in values), (values, whole)


def test_only_a_beginning_of_a_secret_is_held_back() -> None:
    masker = StreamMasker(secrets_of("hunter2"))
    assert masker.feed(b"name: ") == b"name: "
    assert masker.feed(b"a hunt") == b"a "
    assert masker.feed(b"ing") == b"hunting"
    assert masker.feed(b"hunter") == b""
    assert masker.feed(b"2h") == b"***"
    assert masker.end() == b"h"
    assert masker.end() == b""


def test_a_secret_that_becomes_known_later() -> None:
    secrets = Secrets()
    masker = StreamMasker(secrets)
    assert masker.feed(b"hunt") == b"hunt"
    secrets.add("hunter2")
    assert masker.feed(b"er2 hun") + masker.feed(b"ter2") == b"er2 ***"


class Lines:
    """What a writer of lines was given."""

    def __init__(self) -> None:
        self.written: list[tuple[int, bytes]] = []
        self.closed = False

    def write(self, stream: int, data: bytes) -> None:
        self.written.append((stream, data))

    def close(self) -> None:
        self.closed = True


def test_streams_are_masked_apart_and_to_their_end() -> None:
    lines = Lines()
    masked = MaskedLines(lines, secrets_of("hunter2"))
    masked.write(1, b"hun")
    masked.write(2, b"ter2\n")
    masked.write(1, b"ter2\nhunt")
    masked.close()
    assert lines.written == [(2, b"ter2\n"), (1, b"***\n"), (1, b"hunt")]
    assert lines.closed


PROGRAM = """
import sys, time
for piece in sys.argv[1:]:
    for stream in (sys.stdout, sys.stderr):
        stream.write(piece)
        stream.flush()
    time.sleep(0.25)  # longer than a line without an end is held back
"""


def test_a_program_that_writes_a_secret_in_pieces(script: ScriptRunner, tmp_path: Path) -> None:
    (tmp_path / "pieces.py").write_text(PROGRAM)
    source = (
        "s = $.secret('hunter2')\n"
        f"await gather($`{sys.executable} pieces.py ${{s[:3]}} ${{s[3:]}} ${{chr(10)}} end`.label('one'), $`true`.label('two'))\n"
        f"try:\n    r = await $`{sys.executable} pieces.py ${{s[:3]}} ${{s[3:]}}; exit 3`\n"
        "except CommandFailed as error:\n    print(error.result.stdout)\n    raise\n"
    )
    run = script(source, options=["-v"])
    assert run.returncode == 3
    lines = run.stdout.splitlines()
    assert lines == ["one | ***", "one | end", "hunter2"]
    assert "hunter2" not in run.stderr.replace("$.secret('hunter2')", "")
    assert run.stderr.count("***") >= 2

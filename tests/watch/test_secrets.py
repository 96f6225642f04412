"""Secrets in whatever shape: as given, quoted, escaped, encoded, line by line, cut off by a message's end."""

from __future__ import annotations

import base64
import json
import random
import shlex
import urllib.parse
from collections.abc import Callable

import pytest

from tests.script_runner import ScriptRunner
from xsh.watch.secrets import Secrets

HARD = 'p=ss w\'rd\\é\t"$x"/+:{0}'
KEY = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\nq83vASNFZ4k=\n-----END KEY-----\n"


def secrets_of(*values: str) -> Secrets:
    secrets = Secrets()
    for value in values:
        secrets.add(value)
    return secrets


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "quoted by a shell": shlex.quote,
    "in Python": lambda value: repr(value)[1:-1],
    "in JSON": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "in an address": lambda value: urllib.parse.quote(value, safe=""),
    "in base64": lambda value: base64.b64encode(value.encode()).decode().rstrip("="),
    "in base64 for addresses": lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("value", [HARD, "plain-secret", "?~?~?~?~?>>>"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_is_masked(form: Callable[[str], str], value: str) -> None:
    shown = form(value)
    masked = secrets_of(value).mask(f"a {shown} b")
    assert masked.startswith(("a ***", "a '***"))
    # the last character of base64 depends on what comes after it
    assert len(masked) <= len("a '***' b")


@pytest.mark.parametrize("user", ["", "a", "ab", "abc"])
def test_a_password_in_a_header_is_masked_wherever_it_stands(user: str) -> None:
    header = base64.b64encode(f"{user}:plain-secret:x".encode()).decode()
    masked = secrets_of("plain-secret").mask(header)
    assert "***" in masked
    left = masked.replace("***", "")
    assert all(header[at : at + 6] not in left for at in range(4, len(header) - 8))


def test_each_line_of_a_key_is_masked() -> None:
    text = "".join(f"    build | {line}\n" for line in KEY.splitlines())
    assert secrets_of(KEY).mask(text) == "    build | ***\n" * 4


def test_the_longer_of_two_is_hidden_whole() -> None:
    assert secrets_of("hunter", "hunter22").mask("hunter22 hunter2") == "*** ***2"


def test_what_a_cut_has_left_is_masked() -> None:
    secrets = secrets_of("0123456789abcdef")
    assert secrets.mask("curl -H 0123456789…: exit 1") == "curl -H ***…: exit 1"
    assert secrets.mask("…\n    89abcdef rest") == "…\n    *** rest"
    # what tells nothing is left
    assert secrets.mask("012…\ndef") == "012…\ndef"
    assert secrets.mask("a … b") == "a … b"


def test_short_ones_are_not_looked_for_encoded() -> None:
    secrets = secrets_of("a/b")
    assert secrets.mask("a%2Fb YS9i a/b") == "a%2Fb YS9i ***"


def test_the_middle_of_a_secret_never_survives_a_mask(random_values: list[str]) -> None:
    secrets = secrets_of(*random_values)
    for value in random_values:
        assert value not in secrets.mask(f"x{value}y{value}")


@pytest.fixture
def random_values() -> list[str]:
    rng = random.Random(3)
    return ["".join(rng.choice("ab'\\\n\t€ ") for _ in range(rng.randint(1, 12))) + "z" for _ in range(40)]


TAIL = "r = await $`sh -c 'head -c 4088 /dev/zero | tr \"\\\\0\" x; printf %s $1; exit 3' sh ${s + 'y' * 4090}`\n"


def test_a_message_that_cuts_a_secret_shows_no_part_of_it(script: ScriptRunner) -> None:
    # the last 4,096 bytes of what the program said begin in the middle of the secret
    run = script(f"s = $.secret('hunter2-' + 'abcdefgh')\n{TAIL}")
    assert run.returncode == 3
    assert "…\n    ***yyy" in run.stderr
    assert "fgh" not in run.stderr.replace("abcdefgh')", "")


def test_a_long_command_is_cut_in_its_secret(script: ScriptRunner) -> None:
    run = script("s = $.secret('x' * 10 + 'hunter2-hunter2-hunter2')\nr = await $`false ${'a' * 170} ${s}`\n")
    assert run.returncode == 1
    assert "***…" in run.stderr
    assert "xhunter" not in run.stderr


def test_a_secret_in_what_sys_exit_says(script: ScriptRunner) -> None:
    run = script("import sys\ns = $.secret(argv[0])\nsys.exit(f'no: {s}')\n", "hunter2")
    assert (run.returncode, run.stderr) == (1, "no: ***\n")


def test_a_secret_in_the_label_of_a_meter(script: ScriptRunner) -> None:
    run = script("s = $.secret(argv[0])\nfor n in progress(range(2), f'for {s}'):\n    pass\n", "hunter2")
    assert run.stderr.startswith("for ***: 2 in ")

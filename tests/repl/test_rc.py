"""Where the rc file is and when it must not be run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xsh.repl.rc import rc_path, refusal


@pytest.mark.parametrize(
    ("env", "path"),
    [
        ({"HOME": "/h"}, "/h/.config/xsh/rc.xsh"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "/c"}, "/c/xsh/rc.xsh"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "relative"}, "/h/.config/xsh/rc.xsh"),
        ({"HOME": ""}, None),
        ({}, None),
    ],
)
def test_where_it_is(env: dict[str, str], path: str | None) -> None:
    assert rc_path(env) == path


@pytest.mark.parametrize(("mode", "why"), [(0o600, None), (0o644, None), (0o664, "others"), (0o646, "others")])
def test_who_may_write_it(tmp_path: Path, mode: int, why: str | None) -> None:
    file = tmp_path / "rc.xsh"
    file.touch()
    file.chmod(mode)
    found = refusal(str(file))
    assert found is None if why is None else why in (found or "")


def test_what_is_there(tmp_path: Path) -> None:
    assert refusal(str(tmp_path / "none")) is None
    assert refusal(str(tmp_path)) == "it is no file"
    if os.geteuid() == 0:
        file = tmp_path / "rc.xsh"
        file.touch()
        os.chown(file, 12345, -1)
        assert refusal(str(file)) == "it belongs to another user"

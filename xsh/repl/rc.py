"""The rc file: `rc.xsh` in the user's configuration directory, run at the start of each prompt."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def rc_path(env: Mapping[str, str]) -> str | None:
    """Where the rc file is (XDG Base Directory Specification); None without a home."""
    config = env.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(config):
        return os.path.join(config, "xsh", "rc.xsh")
    home = env.get("HOME", "")
    return os.path.join(home, ".config", "xsh", "rc.xsh") if os.path.isabs(home) else None


def refusal(path: str) -> str | None:
    """Why the file must not be run: others than its owner could have written it; None when it may, or is not there."""
    try:
        facts = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return (error.strerror or str(error)).lower()
    if not stat.S_ISREG(facts.st_mode):
        return "it is no file"
    if facts.st_uid not in (os.geteuid(), 0):
        return "it belongs to another user"
    if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "others may write to it; `chmod go-w` helps"
    return None

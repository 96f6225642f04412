"""How often the repeated tests repeat: as often as CI has time for, or as `make soak` says in the environment."""

from __future__ import annotations

import os

SEED = int(os.environ.get("XSH_SEED", "1"))
"""What random trials begin with; `make soak` chooses another each time and prints it."""


def count(name: str, usual: int) -> int:
    """The number that an environment variable gives, `usual` without it."""
    return int(os.environ.get(name, usual))

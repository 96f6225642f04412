"""Names of a script that are parts of `$`: the environment and the search for programs."""

from __future__ import annotations

from xsh.session.sh import sh

env = sh.env
which = sh.which

__all__ = ["env", "which"]

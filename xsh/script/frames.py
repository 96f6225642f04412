"""What an error of Python's own may mean in a script: hints for the top level."""

from __future__ import annotations

import linecache
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType


def hint_for(error: BaseException, environ: Mapping[str, str]) -> str | None:
    """The fix for an error that a shell's habits explain, None where nothing is certain.

    A NameError in a hole whose name is an environment variable: the hole was meant for the shell.
    """
    if not isinstance(error, NameError) or error.name is None or error.name not in environ:
        return None
    name = error.name
    if _is_in_hole(error.__traceback__, name):
        return f"${{{name}}} is a hole and takes a Python name: for the environment variable write ${name} or \\${{{name}}}"
    return f'{name} is an environment variable: in Python it is $.env["{name}"]'


def _is_in_hole(trace: TracebackType | None, name: str) -> bool:
    """Whether the line that raised holds the name inside a `${…}`."""
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    line = linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
    return re.search(rf"\$\{{[^}}`]*\b{re.escape(name)}\b", line) is not None

"""Whether a script imports or calls anything that may want asyncio's event loop."""

from __future__ import annotations

import ast
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Modules of the standard library that never look for a running loop. `urllib` is here for `urllib.parse` only.
LOOPLESS = frozenset(
    """
    __future__ abc argparse array ast base64 binascii bisect builtins bz2 calendar codecs collections colorsys
    configparser contextlib contextvars copy csv dataclasses datetime decimal difflib dis email enum errno fcntl
    filecmp fileinput fnmatch fractions functools gc getopt getpass gettext glob grp gzip hashlib heapq hmac html
    inspect io ipaddress itertools json keyword linecache locale logging lzma math mimetypes numbers operator os
    pathlib pickle platform posixpath pprint pwd random re reprlib resource secrets select shelve shlex shutil signal
    sqlite3 stat statistics string struct subprocess sys sysconfig tarfile tempfile termios textwrap threading time
    timeit token tokenize tomllib traceback tty types typing unicodedata unittest uuid warnings weakref xml xsh zipfile
    zlib zoneinfo
    """.split()  # noqa: SIM905 - a table of words reads best as words
)
LOOPED_NAMES = frozenset(("asyncio", "anyio"))
LOOPED_METHODS = frozenset(("start", "ssh", "fleet", "dask"))
_HINT = re.compile(
    rf"\b(?:import|{'|'.join(sorted(LOOPED_NAMES))})\b|\.\s*(?:{'|'.join(sorted(LOOPED_METHODS))})\b".encode()
)


def needs_loop(tree: ast.AST, data: bytes) -> bool:
    """Whether a tree, at any depth, imports a module not known to be loopless, names `asyncio` or `anyio`, or calls `.start`.

    `$.ssh`, `$.fleet` and `$.dask` count too. `data` is its source; one without any such word is not walked.
    """
    return _HINT.search(data) is not None and any(_is_looped(node) for node in _walk(tree))


def _is_looped(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(not _is_loopless(alias.name) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return bool(node.level) or not _from_loopless(node)
    if isinstance(node, ast.Attribute):
        return node.attr in LOOPED_METHODS
    return isinstance(node, ast.Name) and node.id in LOOPED_NAMES


def _from_loopless(node: ast.ImportFrom) -> bool:
    names = [alias.name for alias in node.names]
    if node.module == "urllib":
        return names == ["parse"]
    return _is_loopless(node.module or "") and LOOPED_NAMES.isdisjoint(names)


def _is_loopless(module: str) -> bool:
    return module.partition(".")[0] in LOOPLESS or module == "urllib.parse"


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        pending += ast.iter_child_nodes(node)

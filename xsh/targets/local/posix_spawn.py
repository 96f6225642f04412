"""posix_spawn(3) during which Python's other threads run, which os.posix_spawn holds up, and which knows of directories.

By `_ctypes`: the package ctypes around it takes 4 ms to import.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

SETPGROUP, SETSIGDEF, SETSID = 0x02, 0x04, 0x80
"""Flags of <spawn.h>, the same in glibc and musl."""
ROOM = 1024
"""Bytes for an opaque structure; the largest, the attributes, has 336 in glibc and in musl."""
NEEDED = (
    "posix_spawn",
    "posix_spawnattr_init",
    "posix_spawnattr_setflags",
    "posix_spawnattr_setpgroup",
    "posix_spawnattr_setsigdefault",
    "posix_spawnattr_destroy",
    "posix_spawn_file_actions_init",
    "posix_spawn_file_actions_adddup2",
    "posix_spawn_file_actions_addopen",
    "posix_spawn_file_actions_addchdir_np",
    "posix_spawn_file_actions_destroy",
    "sigemptyset",
    "sigaddset",
)


class PosixSpawn:
    """The call; raises ImportError or OSError where this Python or the C library cannot. `defaults` are set to default."""

    def __init__(self, defaults: Iterable[int]) -> None:
        import _ctypes

        # the module's types are told apart by this attribute alone
        simple: Any = getattr(_ctypes, "_SimpleCData")  # noqa: B009  it is private by name only
        self._text: Any = type("Text", (simple,), {"_type_": "z"})
        self._number: Any = type("Number", (simple,), {"_type_": "i"})
        byte: Any = type("Byte", (simple,), {"_type_": "c"})
        self._room: Any = byte * ROOM
        self._function: Any = _ctypes.call_function
        # RTLD_NOW (dlopen(3)) on the program itself, which has the C library
        program: Any = None
        library = _ctypes.dlopen(program, 2)
        self._addresses = {name: _ctypes.dlsym(library, name) for name in NEEDED}
        self._defaults: Any = self._room()
        self._call("sigemptyset", self._defaults)
        for number in defaults:
            self._call("sigaddset", self._defaults, number)

    def __call__(
        self,
        program: str,
        argv: Sequence[str],
        env: Mapping[bytes, bytes],
        actions: Sequence[tuple[Any, ...]],
        group: int | None,
        directory: str | None,
    ) -> int:
        """Spawn in a group, or in a session of its own without one; the pid. File actions are those of os.posix_spawn."""
        path = text(program)
        words = self._array([*map(text, argv)])
        variables = self._array(entries(env))
        pid = (self._number * 1)()
        attributes, files = self._room(), self._room()
        self._checked("posix_spawnattr_init", attributes)
        try:
            self._checked("posix_spawn_file_actions_init", files)
            try:
                self._set_attributes(attributes, group)
                self._add_actions(files, actions, directory)
                number = self._call("posix_spawn", pid, path, files, attributes, words, variables)
            finally:
                self._call("posix_spawn_file_actions_destroy", files)
        finally:
            self._call("posix_spawnattr_destroy", attributes)
        if number:
            gone = directory is not None and not os.path.isdir(directory)
            raise OSError(number, os.strerror(number), directory if gone else program)
        started: int = pid[0]
        return started

    def _set_attributes(self, attributes: Any, group: int | None) -> None:
        self._checked("posix_spawnattr_setsigdefault", attributes, self._defaults)
        if group is None:
            self._checked("posix_spawnattr_setflags", attributes, SETSIGDEF | SETSID)
        else:
            self._checked("posix_spawnattr_setpgroup", attributes, group)
            self._checked("posix_spawnattr_setflags", attributes, SETSIGDEF | SETPGROUP)

    def _add_actions(self, files: Any, actions: Sequence[tuple[Any, ...]], directory: str | None) -> None:
        for kind, *rest in actions:
            if kind == os.POSIX_SPAWN_DUP2:
                self._checked("posix_spawn_file_actions_adddup2", files, *rest)
            else:
                number, name, *how = rest
                self._checked("posix_spawn_file_actions_addopen", files, number, text(name), *how)
        if directory is not None:
            self._checked("posix_spawn_file_actions_addchdir_np", files, text(directory))

    def _array(self, texts: list[bytes]) -> Any:
        """A char *[] with NULL at its end; it keeps the texts alive."""
        return (self._text * (len(texts) + 1))(*texts)

    def _call(self, name: str, *arguments: Any) -> int:
        result: int = self._function(self._addresses[name], arguments)
        return result

    def _checked(self, name: str, *arguments: Any) -> None:
        number = self._call(name, *arguments)
        if number:
            raise OSError(number, os.strerror(number))


def text(word: str) -> bytes:
    """A word as the system wants it; ValueError for one that C would cut off."""
    encoded = os.fsencode(word)
    if b"\0" in encoded:
        raise ValueError("embedded null byte")
    return encoded


def entries(env: Mapping[bytes, bytes]) -> list[bytes]:
    """An environment as execve(2) wants it, refused where os.posix_spawn refuses it."""
    # all names in one look and all entries in another: one by one would be a fourth of a spawn
    if b"" in env or (b"=" in b"".join(env) and any(b"=" in name[1:] for name in env)):
        raise ValueError("illegal environment variable name")
    texts = [name + b"=" + value for name, value in env.items()]
    if b"\0" in b"".join(texts):
        raise ValueError("embedded null byte")
    return texts

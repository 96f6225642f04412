"""Finds and loads `NAME.xsh` modules, for imports that no other finder can answer."""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import ModuleType

from xsh.script.compile import compile_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

    Prepare = Callable[[dict[str, object], CodeType], None]

SUFFIX = ".xsh"
_CO_COROUTINE = 0x80


class Finder:
    """A meta-path finder to be asked last, so that a `.py` file or package of the same name wins."""

    def __init__(self, prepare: Prepare) -> None:
        self._prepare = prepare

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of an `.xsh` module in the folders of `path` (a package's, or else `sys.path`); None if there is none."""
        del target
        for folder in sys.path if path is None else path:
            found, package = candidate(folder, name)
            if found is not None:
                inside = None if package is None else [package]
                loader = Loader(name, found, self._prepare)
                return spec_from_file_location(name, found, loader=loader, submodule_search_locations=inside)
        return None


def candidate(folder: str, name: str) -> tuple[str | None, str | None]:
    """The file in a folder that is that module, None if there is none, and its own folder where it is a package."""
    base = os.path.join(folder or os.getcwd(), name.rpartition(".")[2])
    within = os.path.join(base, "__init__" + SUFFIX)
    if os.path.isfile(within):
        return within, base
    return (base + SUFFIX if os.path.isfile(base + SUFFIX) else None), None


class Loader(SourceFileLoader):
    """Loads one `.xsh` module; the names that its code mentions are prepared before it runs.

    Its code is kept in the cache of scripts: a `.pyc` would take the place of that of a `.py` file of the same name.
    """

    def __init__(self, name: str, path: str, prepare: Prepare) -> None:
        super().__init__(name, path)
        self._prepare = prepare
        self._code: CodeType | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A new module that has the names it will ask for."""
        module = ModuleType(spec.name)
        self._code = self.get_code(spec.name)
        self._prepare(vars(module), self._code)
        return module

    def get_code(self, fullname: str) -> CodeType:
        """The module's code; raises ImportError if it awaits at its top level, which an import cannot do."""
        code, self._code = self._code, None
        if code is None:
            code, _ = compile_file(self.path, self.get_data(self.path))
        if code.co_flags & _CO_COROUTINE:
            raise ImportError(
                f"{self.path} awaits at its top level, which an import cannot: put that into an `async def` "
                f"and await it from the script, as in `await {fullname}.main()`",
                name=fullname,
                path=self.path,
            )
        return code


def finder(prepare: Prepare) -> Finder:
    """A finder whose modules are filled by `prepare`, which is given a module's globals and code before that runs."""
    return Finder(prepare)


def install(prepare: Prepare) -> Finder:
    """Puts a finder behind all others, once for all who ask."""
    for known in sys.meta_path:
        if isinstance(known, Finder):
            return known
    found = Finder(prepare)
    sys.meta_path.append(found)
    return found

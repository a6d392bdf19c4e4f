"""One way to wait for ttnn, one to stand before its functions, and one to put them back."""

from __future__ import annotations

import functools
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

#: Called with ttnn once it has been imported.
Callback = Callable[[ModuleType], None]

_NAME = "ttnn"


def after_import(callback: Callback) -> None:
    """Call `callback(ttnn)` now if ttnn is there, else when its first import has succeeded.

    It is called before the importer can take functions out of the module.
    """
    module = sys.modules.get(_NAME)
    if module is not None and not _is_being_imported(module):
        callback(module)
        return
    finder = next((finder for finder in sys.meta_path if isinstance(finder, _Finder)), None)
    if finder is None:
        finder = _Finder()
        sys.meta_path.insert(0, finder)
    finder.callbacks.append(callback)


def _is_being_imported(module: ModuleType) -> bool:
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


class _Finder(importlib.abc.MetaPathFinder):
    """Finds nothing itself: asks the others, and wraps the loader they give.

    A probe such as `importlib.util.find_spec("ttnn")` imports nothing, so it must not use the finder up.
    """

    def __init__(self) -> None:
        self.callbacks: list[Callback] = []
        self._is_asking = False

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname != _NAME or self._is_asking:
            return None
        self._is_asking = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._is_asking = False
        if spec is not None and spec.loader is not None:
            self._wrap(spec.loader)
        return spec

    def _wrap(self, loader: Any) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            if self not in sys.meta_path:
                return
            try:
                # One may ask for another, which is then the last.
                for callback in self.callbacks:
                    callback(module)
            finally:
                sys.meta_path.remove(self)

        loader.exec_module = exec_module


class Patches:
    """Functions of ttnn that ours stand before."""

    def __init__(self) -> None:
        #: Owner, name, what was there, and what is there for it.
        self._replaced: list[tuple[Any, str, Any, Any]] = []

    def __bool__(self) -> bool:
        return bool(self._replaced)

    def wrap(self, owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        """Replace the function by `wrap(function)`. Does nothing where the owner has no such function."""
        function = getattr(owner, name, None)
        if function is not None:
            ours = functools.wraps(function)(wrap(function))
            self._replaced.append((owner, name, function, ours))
            setattr(owner, name, ours)

    def restore(self) -> None:
        """Put ttnn's own back, unless somebody else has replaced ours meanwhile."""
        for owner, name, function, ours in reversed(self._replaced):
            if vars(owner).get(name) is ours:
                setattr(owner, name, function)
        self._replaced.clear()


def leave(error: BaseException) -> None:
    """An exception leaves a function of ours: take that function's entry, the first, out of its traceback.

    Up to Python 3.10 the entry is put back where the exception goes on. There `__tracebackhide__` keeps pytest from
    showing it, and the function deletes its locals, which the entry's frame would keep.
    """
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next


def part_of(ttnn: Any, path: str) -> Any:
    """What stands at a dotted path below ttnn, or None. The empty path is ttnn itself."""
    return functools.reduce(lambda owner, name: getattr(owner, name, None), filter(None, path.split(".")), ttnn)

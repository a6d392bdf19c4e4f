"""One way to wait for ttnn: nothing of ours imports it before the suite does."""

from __future__ import annotations

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

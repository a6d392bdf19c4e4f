"""Prepares the mock device in each Python process that imports ttnn; `tt-memwatch mock` puts this on PYTHONPATH.

Python imports a module of this name at start, and the tracer has one too (clients/native/bootstrap): each works alone,
and each runs the next one. Nothing happens in a process that never imports ttnn.
"""

import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Optional, Sequence

HERE = os.path.dirname(os.path.abspath(__file__))


class _AroundTtnn:
    """An import hook that gets the mock device ready when ttnn is first looked for, and adapts ttnn once it is there.

    It finds nothing itself: it asks the others, and wraps the loader they give. Whoever only looks (`find_spec`) does
    not use it up.
    """

    def __init__(self) -> None:
        self._is_ready = False
        self._is_asking = False

    def find_spec(self, name: str, path: Optional[Sequence[str]] = None, target: object = None) -> Optional[ModuleSpec]:
        if name != "ttnn" or self._is_asking:
            return None
        self._prepare()
        self._is_asking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._is_asking = False
        if spec is not None and spec.loader is not None:
            self._wrap(spec.loader)
        return spec

    def _prepare(self) -> None:
        if not self._is_ready:
            from tt_memwatch_mock import prepare

            prepare(PathFinder.find_spec("ttnn"))
            self._is_ready = True

    def _wrap(self, loader: Any) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            from tt_memwatch_mock import adapt

            execute(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
                adapt(module)

        loader.exec_module = exec_module


def _run_next_sitecustomize() -> None:
    """Runs the module of this name that Python would have found without us."""
    folders = [os.path.abspath(folder) for folder in sys.path]
    # Only what comes after us: one before us has run, and brought us here.
    later = sys.path[folders.index(HERE) + 1 :] if HERE in folders else sys.path
    spec = PathFinder.find_spec("sitecustomize", later)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


if "TT_MEMWATCH_MOCK_CACHE" in os.environ:
    sys.meta_path.insert(0, _AroundTtnn())
_run_next_sitecustomize()

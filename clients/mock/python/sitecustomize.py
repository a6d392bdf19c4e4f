"""Prepares the mock device in each Python process that imports ttnn; `tt-memwatch mock` puts this on PYTHONPATH.

Python imports a module of this name at start.  Nothing happens in a process that never imports ttnn.
"""

import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Optional, Sequence

HERE = os.path.dirname(os.path.abspath(__file__))


class _BeforeTtnn:
    """An import hook that finds nothing, but gets the mock device ready when ttnn is first looked for."""

    def __init__(self) -> None:
        self._is_ready = False

    def find_spec(self, name: str, path: Optional[Sequence[str]] = None, target: object = None) -> Optional[ModuleSpec]:
        if name == "ttnn" and not self._is_ready:
            from tt_memwatch_mock import prepare

            prepare(PathFinder.find_spec(name))
            self._is_ready = True
        return None


def _run_next_sitecustomize() -> None:
    """Runs the module of this name that Python would have found without us."""
    others = [folder for folder in sys.path if os.path.abspath(folder) != HERE]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


if "TT_MEMWATCH_MOCK_CACHE" in os.environ:
    sys.meta_path.insert(0, _BeforeTtnn())
_run_next_sitecustomize()

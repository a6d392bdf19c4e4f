"""Starts the tracer in each Python process that is to be traced; `tt-memwatch` puts this folder on PYTHONPATH.

Python imports a module of this name at start, and the mock device has one too (clients/mock/python): each works alone,
and each runs the next one. Where no folder for rings is named, nothing happens.
"""

import contextlib
import importlib.util
import os
import sys
from importlib.machinery import PathFinder

HERE = os.path.dirname(os.path.abspath(__file__))


def _start() -> None:
    if os.environ.get("TT_MEMWATCH_TRACER_DIR"):
        from tt_memwatch_tracer import start_from_environment

        start_from_environment()


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


# Tracing is an extra: the program goes on without it.
with contextlib.suppress(ImportError):
    _start()
_run_next_sitecustomize()

"""Runs programs of Python's with the library, each of which ends with `right`, also where that has a sanitizer."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
CLONE = HERE.parents[2]

CXX = os.environ.get("CXX", "c++")

#: What `make setup` builds, and build.sh once more where a source is newer.
LIBRARY = CLONE / "build/native/libtt_memwatch_tracer.so"

#: The oldest and the newest Python that is supported.
PYTHONS = sorted((CLONE / ".venv").glob("ttnn-*/bin/python"))

#: Some scenarios take long under a sanitizer.
TIMEOUT_S = 300


def _runtime(name: str) -> str:
    return subprocess.run([CXX, f"-print-file-name={name}"], capture_output=True, text=True).stdout.strip()


def sanitized() -> dict[str, str]:
    """Python allocates objects one by one with this, so that the sanitizer sees those that ended."""
    preload = f"{_runtime('libasan.so')} {_runtime('libstdc++.so')}"
    return {"LD_PRELOAD": preload, "PYTHONMALLOC": "malloc", "ASAN_OPTIONS": "detect_leaks=0"}


def with_library(library: Path = LIBRARY) -> dict[str, str]:
    return {"PYTHONPATH": f"{HERE.parent / 'python'}:{HERE}", "TT_MEMWATCH_TRACER_LIBRARY": str(library)}


def expect_right(python: Path, *arguments: str, environment: Mapping[str, str]) -> None:
    done = subprocess.run([str(python), *arguments], env=environment, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.stdout == "right\n", done.stderr[-3000:]


def expect_refusal(reason: str, statement: str, environment: Mapping[str, str]) -> None:
    """The statement ends with an OSError that says so."""
    command = [str(PYTHONS[-1]), "-c", statement]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.stderr.endswith(f"OSError: {reason}\n"), done.stderr[-3000:]

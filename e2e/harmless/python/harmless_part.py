"""Leaves a suite's test files out but for one part of them, which follows from their paths alone.

Loaded with `-p`. A suite that takes an hour is compared in parts this way; each is collected by the suite's own rules.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest

#: Which part, of how many: `3/12`.
PART_VARIABLE = "HARMLESS_PART"

#: Files that are no tests, and decide how the others are collected.
_ALWAYS = ("conftest.py", "__init__.py")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    number, _, count = os.environ[PART_VARIABLE].partition("/")
    if collection_path.suffix != ".py" or collection_path.name in _ALWAYS:
        return None
    path = os.path.relpath(collection_path, config.rootpath)
    return None if zlib.crc32(path.encode()) % int(count) == int(number) - 1 else True

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

#: Makes its folder a package on old versions of pytest, where it is collected like a test.
_OF_PACKAGE = "__init__.py"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    number, _, count = os.environ[PART_VARIABLE].partition("/")
    if collection_path.suffix != ".py" or collection_path.name == _OF_PACKAGE:
        return None
    path = os.path.relpath(collection_path, config.rootpath)
    return None if zlib.crc32(path.encode()) % int(count) == int(number) - 1 else True

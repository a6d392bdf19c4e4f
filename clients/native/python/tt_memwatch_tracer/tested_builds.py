"""Builds of ttnn that `tt-memwatch selftest` found right here; docs/formats.md, "Tested builds", has the file."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import tt_memwatch_tracer
from tt_memwatch_tracer.build_id import build_id, loaded_library

#: The library whose functions are followed.
LIBRARY = "libtt_metal.so"

SCHEMA = "urn:tt-memwatch:tested-builds:1"

#: A larger file is not a file of ours.
FILE_BYTES_MAX = 1_048_576


def is_remembered() -> bool:
    """Whether the ttnn of this process passed the self-test of this version of the tracer.

    A file that cannot be read as ours is reported on stderr and counts for nothing.
    """
    path = data_file()
    try:
        builds = _builds_in(path)
    except FileNotFoundError:
        return False
    except (OSError, ValueError, TypeError, KeyError) as error:
        print(f"tt-memwatch: {path} is ignored ({error}): `tt-memwatch selftest` writes it anew", file=sys.stderr)
        return False
    if not builds:
        return False
    library = loaded_library(LIBRARY)
    return library is not None and (build_id(library), tt_memwatch_tracer.__version__) in builds


def data_file() -> Path:
    """Where the engine keeps them."""
    named = os.environ.get("XDG_DATA_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    folder = Path(named) if os.path.isabs(named) else Path(os.path.expanduser("~")) / ".local" / "share"
    return folder / "tt-memwatch" / "tested-builds.json"


def _builds_in(path: Path) -> set[tuple[str, str]]:
    """Build id and version of the tracer. Raises OSError, ValueError, TypeError or KeyError for any other file."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > FILE_BYTES_MAX:
        raise ValueError(f"wanted a regular file of {FILE_BYTES_MAX} bytes at most")
    content: Any = json.loads(path.read_text(encoding="utf-8"))
    if content["schema"] != SCHEMA:
        raise ValueError(f"its schema is {content['schema']!r}, wanted {SCHEMA!r}")
    return {(str(build["build"]), str(build["tracer"])) for build in content["builds"]}

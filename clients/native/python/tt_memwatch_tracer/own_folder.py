"""A folder in shared memory for the ring of a process that nobody gave one; docs/formats.md, "Ring", has its name."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from tt_memwatch_tracer.proc import start_ticks

#: Memory that processes share: a ring there is never written to a disk.
SHARED_MEMORY = "/dev/shm"

#: Characters that name a boot and a pid namespace.
PLACE_CHARACTERS = 8


def make_own_folder() -> str:
    """Make a folder of mode 0700, which goes when this process ends. Raises OSError where there can be none.

    What a killed process leaves is removed by the next `tt-memwatch` of its user, which knows the maker by the name.
    """
    folder = tempfile.mkdtemp(prefix=f"tt-memwatch-{_place()}-{os.getpid()}-{start_ticks()}-", dir=SHARED_MEMORY)
    atexit.register(_remove, folder, os.getpid())
    return folder


def _remove(folder: str, maker: int) -> None:
    # A forked child has its parent's exit handlers.
    if os.getpid() == maker:
        shutil.rmtree(folder, ignore_errors=True)


def _place() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        return "unknown"
    return hashlib.sha256(f"{boot} {namespace}".encode()).hexdigest()[:PLACE_CHARACTERS]

"""Takes all static TLS that libraries loaded later may have, by copies of these, then records.

static_tls.py RING LIBRARY...
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import threading
from pathlib import Path

from ring_file import RingFile
from tt_memwatch_tracer.library import Library

#: More than the loader has bytes for.
COPIES_MAX = 4096


def exhaust(library: Path) -> None:
    """Load copies until the loader refuses one for want of room."""
    for number in range(COPIES_MAX):
        copy = library.with_suffix(f".{number}")
        shutil.copy(library, copy)
        try:
            ctypes.CDLL(str(copy))
        except OSError as error:
            assert "static TLS" in str(error), error
            return
    raise AssertionError("all of them were loaded")


def main() -> None:
    ring, *libraries = map(Path, sys.argv[1:])
    for library in libraries:
        exhaust(library)
    tracer = Library()
    assert tracer.open(os.fsencode(ring), 16, 4096) == 0
    tracer.mark(1)
    thread = threading.Thread(target=tracer.mark, args=(2,))
    thread.start()
    own = thread.native_id
    thread.join()
    records = RingFile(ring).records
    assert [(r.address, r.thread) for r in records] == [(1, os.getpid()), (2, own)], records
    print("right")


main()

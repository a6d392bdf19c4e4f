"""Host memory of this process, which is looked at beside that of the devices."""

from __future__ import annotations

import os

#: Sizes of the process that reads it, in pages; other systems than Linux have none. It is opened for each look, because
#: a child that was forked would go on to read its parent's.
STATM = "/proc/self/statm"

#: Seven numbers of up to 20 digits.
_STATM_BYTES = 256

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

#: Where the file has what is resident, and what of that is shared.
_RESIDENT, _SHARED = 1, 2


def own_bytes(path: str = STATM) -> int | None:
    """Resident memory that is the process's own: without mapped files and shared memory, such as the tracer's ring.

    None where the system does not say, or the suite keeps us from asking it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            pages = os.read(descriptor, _STATM_BYTES).split()
        finally:
            os.close(descriptor)
        return (int(pages[_RESIDENT]) - int(pages[_SHARED])) * _PAGE_BYTES
    except Exception:  # An audit hook of the suite may raise what it likes.
        return None


def not_looked_at() -> int | None:
    """For those who do not want to know."""
    return None

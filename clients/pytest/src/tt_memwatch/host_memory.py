"""Host memory of this process, which is looked at beside that of the devices."""

from __future__ import annotations

import os
from collections.abc import Callable

from tt_memwatch.clocks import REAL

#: Sizes of the process that reads it, in pages; other systems than Linux have none. It is opened for each look, because
#: a child that was forked would go on to read its parent's.
STATM = "/proc/self/statm"

#: Seven numbers of up to 20 digits.
_STATM_BYTES = 256

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

#: Where the file has what is resident, and what of that is shared.
_RESIDENT, _SHARED = 1, 2

#: A test that begins within this time of the end of another begins with what that one ended with, in seconds. Between
#: two tests pytest takes about a tenth of it, and a look takes long there: none of it is in the processor's caches.
SAME_MOMENT_S = 0.001


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


class HostMemory:
    """Looks at it when a test begins and when it ends, with one look where the two are one moment."""

    def __init__(self, look: Callable[[], int | None], clock: Callable[[], float] = REAL.perf_counter) -> None:
        self._look = look
        self._clock = clock
        #: Whether anybody wants to know.
        self.is_wanted = look is not not_looked_at
        self._bytes: int | None = None
        self._looked_at = float("-inf")

    def at_begin(self) -> int | None:
        """When a test begins."""
        is_same_moment = self._clock() - self._looked_at < SAME_MOMENT_S
        return self._bytes if is_same_moment else self._look()

    def at_end(self) -> int | None:
        """When a test ends."""
        self._bytes = self._look()
        self._looked_at = self._clock()
        return self._bytes

    def start_over(self) -> None:
        """In a forked child, which has memory of its own."""
        self._looked_at = float("-inf")

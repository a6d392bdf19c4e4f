"""Which line made a buffer, for blocks of code that are watched one within another or in several threads."""

from __future__ import annotations

import sys
import threading

from tt_memwatch.origins.wrapping import Origins


class SharedOrigins:
    """ttnn's operations are wrapped as long as any block is watched, once for all of them."""

    def __init__(self) -> None:
        self.births = Origins()
        self._blocks = 0
        self._lock = threading.Lock()

    def enter(self) -> None:
        """A block begins. ttnn was imported, because there is a device."""
        with self._lock:
            self._blocks += 1
            self.births.watch(sys.modules["ttnn"])

    def leave(self) -> None:
        with self._lock:
            self._blocks -= 1
            if self._blocks == 0:
                self.births.restore()

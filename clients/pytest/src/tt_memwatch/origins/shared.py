"""Which line made a buffer, for blocks of code that are watched one within another or in several threads."""

from __future__ import annotations

import sys

from tt_memwatch.origins.wrapping import Origins


class SharedOrigins:
    """ttnn's operations are wrapped as long as any block is watched, once for all of them.

    Whoever calls it sees to it that no other thread does meanwhile.
    """

    def __init__(self) -> None:
        self.births = Origins()
        self._blocks = 0

    def enter(self) -> None:
        """A block begins. ttnn was imported, because there is a device."""
        self._blocks += 1
        self.births.watch(sys.modules["ttnn"])

    def leave(self) -> None:
        """A block is over."""
        self._blocks -= 1
        if self._blocks == 0:
            self.births.restore()

"""Blocks of one device that tests left, for which garbage is yet to be collected and a holder to be looked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tt_memwatch.devices.measurement import MEMORY_TYPES, Block, TypeUsage

#: What may wait of one memory type, as a part of all of it.
MUCH = 1 / 16


@dataclass
class WaitingBlocks:
    """A set that also knows what its blocks add up to, so that to ask costs the same however many wait."""

    blocks: set[Block] = field(default_factory=set)
    #: In bytes per bank, by memory type.
    _sizes: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.blocks)

    def add(self, blocks: set[Block]) -> None:
        """These do not wait yet, and do from now on."""
        self.blocks |= blocks
        for block in blocks:
            self._sizes[block.memory_type] += block.bytes_per_bank

    def remove(self, blocks: Iterable[Block]) -> None:
        """Those of them that wait do so no longer."""
        for block in self.blocks.intersection(blocks):
            self.blocks.remove(block)
            self._sizes[block.memory_type] -= block.bytes_per_bank

    def clear(self) -> None:
        self.blocks.clear()
        self._sizes.clear()

    def is_much_of(self, usage: Iterable[TypeUsage]) -> bool:
        """Whether so much waits that tests might miss it, if it is garbage. `usage`: of each memory type, in order."""
        return any(self._sizes[name] > MUCH * each.total for name, each in zip(MEMORY_TYPES, usage, strict=True))

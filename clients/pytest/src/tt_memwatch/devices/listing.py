"""Lists an allocator's blocks by the addresses that buffers have, and with the sizes that the allocator counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tt_memwatch.devices.blocks import TRIES_MAX, Fitted, Listed, fit, list_blocks, list_buffers
from tt_memwatch.devices.memory_views import view_of
from tt_memwatch.devices.mesh_device import MeshDevice


@dataclass
class Listing:
    """What is learned of one allocator from list to list."""

    #: Address of the first byte of a bank, by memory type.
    _base: dict[str, int] = field(default_factory=dict)
    #: Of memory types of which ttnn gives the sizes of buffers only: by address.
    _fitted: dict[str, dict[int, Fitted]] = field(default_factory=dict)

    def blocks(self, device: MeshDevice, memory_type: str, view: Any) -> dict[int, int]:
        """The live blocks in `view`, a memory view of the device: address -> bytes per bank."""
        listed = list_blocks(device, memory_type, view)
        relative = self._sizes(memory_type, listed, view.total_bytes_allocated_per_bank)
        if memory_type not in self._base and relative:
            self._learn_base(device, memory_type, relative)
        base = self.base(memory_type)
        return {base + address: size for address, size in relative.items()}

    def base(self, memory_type: str) -> int:
        """Address of the first byte of a bank, as far as it is known."""
        return self._base.get(memory_type, 0)

    def can_be_foretold(self, memory_types: set[str]) -> bool:
        """Whether records tell the next list of these: all addresses are known, and sizes are the allocator's own."""
        return not self._fitted and memory_types <= self._base.keys()

    def held(self, memory_type: str, address: int) -> int | None:
        """Bytes per bank that the buffer there holds; None where the sizes are the allocator's own."""
        fitted = self._fitted.get(memory_type, {}).get(address)
        return None if fitted is None else fitted.held

    def _sizes(self, memory_type: str, listed: Listed, allocated: int) -> dict[int, int]:
        """The blocks with the sizes that the allocator counts."""
        if listed.is_exact:
            return listed.blocks
        fitted = self._fitted[memory_type] = fit(listed.blocks, self._fitted.get(memory_type, {}), allocated)
        return {address: block.size for address, block in fitted.items()}

    def _learn_base(self, device: MeshDevice, memory_type: str, relative: dict[int, int]) -> None:
        """ttnn shows the difference only by example. Where another thread allocates in between, both are listed again:
        were it learned at a later look, all blocks would have other addresses there than at this one.
        """
        for _ in range(TRIES_MAX):
            addresses = list_buffers(device, memory_type).keys()
            base = min(addresses, default=0) - min(relative, default=0)
            if addresses and {a - base for a in addresses} <= relative.keys():
                self._base[memory_type] = base
                return
            relative = list_blocks(device, memory_type, view_of(device, memory_type)).blocks

"""What one look at an allocator shows. All sizes are bytes per bank; bytes held = bytes per bank x banks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tt_memwatch.devices.mesh_device import MeshDevice
from tt_memwatch.origins.tracing import Mark

MEMORY_TYPES = ("DRAM", "L1", "L1_SMALL", "TRACE")

#: By the number that ttnn's `BufferType` has for them.
MEMORY_TYPE_NUMBERS = {0: "DRAM", 1: "L1", 3: "L1_SMALL", 4: "TRACE"}


class TypeUsage(NamedTuple):
    """The allocator's figures for one memory type, in bytes per bank; bytes held = allocated x banks."""

    banks: int
    total: int
    allocated: int
    #: None: blocks came or went, and the allocator was not asked since.
    largest_free: int | None


class Look(NamedTuple):
    """All that is compared from one instant to the next. `usage` is in the order of MEMORY_TYPES."""

    usage: tuple[TypeUsage, ...]
    cache_entries: int


class Block(NamedTuple):
    """One block of the allocator: the same address range in every bank."""

    memory_type: str
    address: int
    bytes_per_bank: int


@dataclass
class Measurement:
    """One look at one device, with the blocks that came and went since the last one."""

    moment: str
    look: Look
    live_blocks: int
    added: list[Block]
    removed: list[Block]
    #: Memory types whose blocks were listed.
    listed: list[str]
    #: The instant in the traced events, and whether none came in while the allocator was asked.
    mark: Mark | None = None
    is_still: bool = False


@dataclass(frozen=True)
class DeviceFacts:
    """Who the device is: what the engine calls a device."""

    key: int
    chips: tuple[int, ...]
    shape: tuple[int, ...]
    parent: int | None

    @classmethod
    def of(cls, device: MeshDevice, parent: int | None) -> DeviceFacts:
        return cls(device.id(), tuple(device.get_device_ids()), tuple(device.shape), parent)

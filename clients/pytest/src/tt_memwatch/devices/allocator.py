"""What an allocator holds at one instant, and which blocks came and went since it was last asked.

One look costs about 0.4 ms at 1,000 live buffers. Blocks are listed only when the figures moved, so a test that leaves
nothing costs two looks and no listing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tt_memwatch.devices.blocks import Fitted, Listed, fit, list_blocks, list_buffers
from tt_memwatch.devices.mesh_device import MeshDevice
from tt_memwatch.origins.tracing import Mark, Tracing

MEMORY_TYPES = ("DRAM", "L1", "L1_SMALL", "TRACE")

#: Where allocations are traced, blocks are listed after every event up to this many, so that the two can be compared
#: one by one; of more only the totals are, unless those moved. Listing 1,000 blocks takes 0.35 ms.
MAX_BLOCKS_LISTED_FOR_COMPARISON = 1_000

#: Moments from which a test's growth counts.
_STARTS = ("open", "before")


class TypeUsage(NamedTuple):
    """The allocator's figures for one memory type, in bytes per bank; bytes held = allocated x banks."""

    banks: int
    total: int
    allocated: int
    largest_free: int


class Look(NamedTuple):
    """All that is compared from one instant to the next. `usage` is in the order of MEMORY_TYPES."""

    usage: tuple[TypeUsage, ...]
    cache_entries: int


class Block(NamedTuple):
    """One block of the allocator: the same address range in every bank."""

    memory_type: str
    address: int
    size_per_bank: int


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
    fixture: dict[str, str] | None = None
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


@dataclass
class Allocator:
    """Follows one opened device's allocator from look to look. Holds no reference to the device."""

    facts: DeviceFacts
    last: Look | None = None
    #: Live blocks when last listed, by memory type: address -> bytes per bank.
    blocks: dict[str, dict[int, int]] = field(default_factory=lambda: {name: {} for name in MEMORY_TYPES})
    #: Blocks that are live now and were not when the test began.
    grown: set[Block] = field(default_factory=set)
    #: Those of them that go with what the test's failure or pytest's own books of it hold.
    kept: set[Block] = field(default_factory=set)
    _base: dict[str, int] = field(default_factory=dict)
    _fitted: dict[str, dict[int, Fitted]] = field(default_factory=dict)
    _events: int = -1

    def measure(self, device: MeshDevice, moment: str, tracing: Tracing) -> Measurement:
        mark = tracing.mark()
        look, views = _look(device)
        has_events = mark is not None and mark.head != self._events + 1
        is_short = sum(map(len, self.blocks.values())) <= MAX_BLOCKS_LISTED_FOR_COMPARISON
        added: list[Block] = []
        removed: list[Block] = []
        listed: list[str] = []
        for index, name in enumerate(MEMORY_TYPES):
            has_moved = self.last is None or look.usage[index] != self.last.usage[index]
            if has_moved or (has_events and is_short and look.usage[index].allocated > 0):
                self._list(device, name, views[index], added, removed)
                listed.append(name)
        self.last = look
        self._charge(moment, added, removed)
        measured = Measurement(moment, look, sum(map(len, self.blocks.values())), added, removed, listed)
        if mark is not None:
            measured.mark, measured.is_still, self._events = mark, tracing.is_still(mark), mark.head
        return measured

    def grown_bytes(self) -> dict[str, int]:
        """Growth since the test began, by memory type: bytes per bank x banks, on each chip."""
        banks = {n: u.banks for n, u in zip(MEMORY_TYPES, self.last.usage, strict=True)} if self.last else {}
        total: dict[str, int] = {}
        for block in self.left():
            total[block.memory_type] = total.get(block.memory_type, 0) + block.size_per_bank * banks[block.memory_type]
        return total

    def has_listed(self, name: str, address: int, size: int) -> bool:
        """Whether this block was live at the last look, with the size that `list_blocks` told of it."""
        fitted = self._fitted.get(name, {}).get(address)
        return size == (self.blocks[name].get(address) if fitted is None else fitted.held)

    def _charge(self, moment: str, added: list[Block], removed: list[Block]) -> None:
        if moment in _STARTS:
            self.grown.clear()
            self.kept.clear()
        elif moment != "fixture":
            self.grown.update(added)
        self.grown.difference_update(removed)
        self.kept.difference_update(removed)

    def holds(self, buffer: tuple[str, int]) -> bool:
        """Whether a block at this memory type and address was live when last listed."""
        memory_type, address = buffer
        return address in self.blocks[memory_type]

    def block_at(self, buffer: tuple[str, int]) -> Block:
        memory_type, address = buffer
        return Block(memory_type, address, self.blocks[memory_type][address])

    def left(self) -> set[Block]:
        """Growth that nothing explains so far."""
        return self.grown - self.kept

    def _list(self, device: MeshDevice, name: str, view: Any, added: list[Block], removed: list[Block]) -> None:
        relative = self._sizes(name, list_blocks(device, name, view), view.total_bytes_allocated_per_bank)
        base = self._base_address(device, name, relative)
        now = {base + address: size for address, size in relative.items()}
        before = self.blocks[name]
        added += [Block(name, a, s) for a, s in now.items() if before.get(a) != s]
        removed += [Block(name, a, s) for a, s in before.items() if now.get(a) != s]
        self.blocks[name] = now

    def _sizes(self, name: str, listed: Listed, allocated: int) -> dict[int, int]:
        """The blocks with the sizes that the allocator counts."""
        if listed.is_exact:
            return listed.blocks
        fitted = self._fitted[name] = fit(listed.blocks, self._fitted.get(name, {}), allocated)
        return {address: block.size for address, block in fitted.items()}

    def _base_address(self, device: MeshDevice, name: str, relative: dict[int, int]) -> int:
        """What to add to a block's address, which counts from the start of the bank, to get `Tensor.buffer_address()`.

        ttnn tells the difference only by example.
        """
        if name not in self._base and relative:
            addresses = list_buffers(device, name).keys()
            base = min(addresses) - min(relative) if addresses else 0
            if {a - base for a in addresses} <= relative.keys():
                self._base[name] = base
        return self.base(name)

    def base(self, name: str) -> int:
        """Address of the first byte of a bank of this memory type, as far as it is known."""
        return self._base.get(name, 0)


def _look(device: MeshDevice) -> tuple[Look, list[Any]]:
    import ttnn

    kinds = ttnn.BufferType
    views = [ttnn.get_memory_view(device, getattr(kinds, name)) for name in MEMORY_TYPES]
    usage = tuple(
        TypeUsage(
            v.num_banks,
            v.total_bytes_per_bank,
            v.total_bytes_allocated_per_bank,
            v.largest_contiguous_bytes_free_per_bank,
        )
        for v in views
    )
    return Look(usage, device.num_program_cache_entries()), views

"""What an allocator holds at one instant, and which blocks came and went since it was last asked.

To ask an allocator costs about 0.4 ms at 1,000 live buffers. So where each allocation is traced, a look adds up what
was recorded since the last one, and the allocator is asked now and then, to hold the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tt_memwatch.clocks import REAL
from tt_memwatch.devices.listing import Listing
from tt_memwatch.devices.measurement import (
    MEMORY_TYPE_NUMBERS,
    MEMORY_TYPES,
    Block,
    DeviceFacts,
    Look,
    Measurement,
)
from tt_memwatch.devices.memory_views import look_at
from tt_memwatch.devices.mesh_device import MeshDevice
from tt_memwatch.devices.waiting_blocks import WaitingBlocks
from tt_memwatch.origins.tracing import Tracing
from tt_memwatch.per_test_lines import Writer

#: Where allocations are traced, blocks are listed after every event up to this many, so that the two can be compared
#: one by one; of more only the totals are, unless those moved. Listing 1,000 blocks takes 0.35 ms.
BLOCKS_LISTED_FOR_COMPARISON_MAX = 1_000

#: Moments from which a test's growth counts.
_STARTS = ("open", "before")

#: Moments at which the allocator itself is asked: a device begins or ends, or a wider fixture is charged.
_ASKED_AT = ("open", "fixture", "close")

#: How long records alone may say what is live, in seconds, and how much of the time asking may take.
_ASK_EVERY_S = 1.0
_ASK_SHARE = 0.02

#: Blocks that came and that went.
_NOTHING: tuple[list[Block], list[Block]] = ([], [])


@dataclass
class Allocator:
    """Follows one opened device's allocator from look to look. Holds no reference to the device."""

    facts: DeviceFacts
    #: Whether records may say what is live.
    follows: bool = True
    last: Look | None = None
    #: Live blocks at the last look, by memory type: address -> bytes per bank.
    blocks: dict[str, dict[int, int]] = field(default_factory=lambda: {name: {} for name in MEMORY_TYPES})
    #: Blocks that are live now and were not when the test began.
    grown: set[Block] = field(default_factory=set)
    #: Those of them that go with what the test's failure or pytest's own books of it hold.
    kept: set[Block] = field(default_factory=set)
    waiting: WaitingBlocks = field(default_factory=WaitingBlocks)
    #: Blocks that were live when the test began and are not now.
    _gone: set[Block] = field(default_factory=set)
    _start: Look | None = None
    listing: Listing = field(default_factory=Listing)
    _events: int = -1
    #: How many events there were when they were last asked what came and went; None: they did not say.
    _recorded: int | None = None
    #: When the allocator was asked last, how long that took, and when it is to be asked again, in seconds.
    _asked_at: float = 0.0
    _asking_s: float = 0.0
    _ask_at: float = 0.0

    def measure(self, device: MeshDevice, moment: str, tracing: Tracing) -> Measurement | None:
        """What is live now; None: all is as it was at the last look.

        The caller sends every measurement to the engine, in order.
        """
        is_as_it_was = self._is_as_it_was(device, moment, tracing.recorded())
        measured = None if is_as_it_was else self._measure(device, moment, tracing)
        if measured is not None:
            self._charge(moment, measured.added, measured.removed)
        elif moment in _STARTS:
            self._begin()
        return measured

    def is_watched_by(self, writer: Writer, address: int) -> bool:
        """Whether it looks from now on if anything changes. `address`: of the device's object.

        Not where the test found or left anything: then each look has to say what came and went.
        """
        is_settled = self._start is self.last and not self.grown and not self.kept and not self._gone
        if self.last is None or not self.follows or not is_settled:
            return False
        return writer.watch(self.facts.key, address, self.last.cache_entries, self._ask_at)

    def _measure(self, device: MeshDevice, moment: str, tracing: Tracing) -> Measurement | None:
        came_and_went = self._changes(tracing)
        if came_and_went is None or self._has_to_ask(moment, came_and_went):
            return self.ask(device, moment, tracing, came_and_went)
        assert self.last is not None
        entries = device.num_program_cache_entries()
        if came_and_went is _NOTHING and entries == self.last.cache_entries:
            return None
        return self._add_up(moment, tracing, *came_and_went, entries)

    def _is_as_it_was(self, device: MeshDevice, moment: str, recorded: int | None) -> bool:
        """Whether nothing was recorded since the last look, and nobody has to be asked: so it is at most looks."""
        if recorded is None or recorded != self._recorded or not self.follows or moment in _ASKED_AT:
            return False
        is_late = REAL.perf_counter() >= self._ask_at
        return not is_late and self.last is not None and device.num_program_cache_entries() == self.last.cache_entries

    def _changes(self, tracing: Tracing) -> tuple[list[Block], list[Block]] | None:
        """Blocks that came and that went since the last look, by the records; None where these do not say."""
        recorded = tracing.recorded()
        changes = tracing.changes(self.facts.key)
        if changes is None or self.last is None:
            return None
        self._recorded = recorded
        if not changes:
            return _NOTHING
        added: list[Block] = []
        removed: list[Block] = []
        for number, address, size in changes:
            name = MEMORY_TYPE_NUMBERS.get(number)
            if name is None:
                return None
            before = self.blocks[name].get(address, 0)
            if size == before:
                continue
            if before > 0:
                removed.append(Block(name, address, before))
            if size > 0:
                added.append(Block(name, address, size))
        return (added, removed) if added or removed else _NOTHING

    def _has_to_ask(self, moment: str, came_and_went: tuple[list[Block], list[Block]]) -> bool:
        if not self.follows or moment in _ASKED_AT or REAL.perf_counter() >= self._ask_at:
            return True
        if came_and_went is _NOTHING:
            return False
        added, removed = came_and_went
        # Where addresses begin is learned from the allocator's list, and so are sizes where ttnn gives them by halves.
        if not self.listing.can_be_foretold({block.memory_type for block in added}):
            return True
        return self._may_be_fragmented(added, removed)

    def _remember(self, look: Look) -> None:
        self.last = look
        # The largest free block of each memory type is of interest soon where it is not known.
        is_exact = all(usage.largest_free is not None for usage in look.usage)
        self._ask_at = self._asked_at + max(_ASK_EVERY_S if is_exact else 0.0, self._asking_s / _ASK_SHARE)

    def _may_be_fragmented(self, added: list[Block], removed: list[Block]) -> bool:
        """Whether the test moved blocks and holds no more than before: then the largest free block is of interest."""
        if self._start is None or self.last is None:
            return False
        grown = (self.grown | {*added}) - {*removed}
        gone = (self._gone | ({*removed} - self.grown)) - {*added}
        moved = {block.memory_type for block in (*grown, *gone)}
        return any(
            name in moved and now.allocated + _net(name, added, removed) <= before.allocated
            for name, now, before in zip(MEMORY_TYPES, self.last.usage, self._start.usage, strict=True)
        )

    def _add_up(
        self, moment: str, tracing: Tracing, added: list[Block], removed: list[Block], entries: int
    ) -> Measurement:
        """A look without asking the allocator. `entries`: of the program cache."""
        assert self.last is not None
        for block in removed:
            del self.blocks[block.memory_type][block.address]
        for block in added:
            self.blocks[block.memory_type][block.address] = block.bytes_per_bank
        moved = {block.memory_type for block in (*added, *removed)}
        usage = [
            u._replace(allocated=u.allocated + _net(name, added, removed), largest_free=None) if name in moved else u
            for name, u in zip(MEMORY_TYPES, self.last.usage, strict=True)
        ]
        look = Look(tuple(usage), entries)
        self._remember(look)
        mark = tracing.mark() if moved else None
        return Measurement(moment, look, self._count(), added, removed, [], mark=mark)

    def ask(
        self,
        device: MeshDevice,
        moment: str,
        tracing: Tracing,
        came_and_went: tuple[list[Block], list[Block]] | None = None,
    ) -> Measurement:
        """A look at the allocator itself; from then on records are not believed if they said something else."""
        began = REAL.perf_counter()
        mark = tracing.mark()
        look, views = look_at(device)
        has_events = mark is not None and mark.head != self._events + 1
        is_short = self._count() <= BLOCKS_LISTED_FOR_COMPARISON_MAX
        moved = {block.memory_type for part in came_and_went or () for block in part}
        added: list[Block] = []
        removed: list[Block] = []
        listed: list[str] = []
        for index, name in enumerate(MEMORY_TYPES):
            has_moved = name in moved or self.last is None or look.usage[index] != self.last.usage[index]
            if has_moved or (has_events and is_short and look.usage[index].allocated > 0):
                self._list(device, name, views[index], added, removed)
                listed.append(name)
        is_still = mark is not None and tracing.is_still(mark)
        if came_and_went is not None and is_still and not _is_same(came_and_went, (added, removed)):
            self.follows = False
        self._asked_at = REAL.perf_counter()
        self._asking_s = self._asked_at - began
        self._remember(look)
        measured = Measurement(moment, look, self._count(), added, removed, listed)
        if mark is not None:
            measured.mark, measured.is_still, self._events = mark, is_still, mark.head
        return measured

    def _count(self) -> int:
        return sum(map(len, self.blocks.values()))

    def grown_bytes(self) -> dict[str, int]:
        """Growth since the test began, by memory type, in bytes on each chip."""
        total: dict[str, int] = {}
        for block in self.left():
            total[block.memory_type] = total.get(block.memory_type, 0) + self.bytes_of(block)
        return total

    def bytes_of(self, block: Block) -> int:
        """What a block takes on each chip: bytes per bank x banks."""
        assert self.last is not None
        return block.bytes_per_bank * self.last.usage[MEMORY_TYPES.index(block.memory_type)].banks

    def has_listed(self, name: str, address: int, size: int) -> bool:
        """Whether this block was live at the last look, with the size that `list_blocks` gave."""
        held = self.listing.held(name, address)
        return size == (self.blocks[name].get(address) if held is None else held)

    def _begin(self) -> None:
        """Growth counts from now on."""
        self.grown.clear()
        self.kept.clear()
        self._gone.clear()
        self._start = self.last

    def _charge(self, moment: str, added: list[Block], removed: list[Block]) -> None:
        if moment in _STARTS:
            self._begin()
        if not added and not removed:
            return
        if moment not in _STARTS and moment != "fixture":
            self._gone.difference_update(added)
            self._gone.update(block for block in removed if block not in self.grown)
            self.grown.update(added)
        self.grown.difference_update(removed)
        self.kept.difference_update(removed)
        self.waiting.remove(removed)

    def has_much_waiting(self) -> bool:
        """Whether so much waits that tests might miss it, if it is garbage."""
        return self.last is not None and self.waiting.is_much_of(self.last.usage)

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
        now = self.listing.blocks(device, name, view)
        before = self.blocks[name]
        added += [Block(name, a, s) for a, s in now.items() if before.get(a) != s]
        removed += [Block(name, a, s) for a, s in before.items() if now.get(a) != s]
        self.blocks[name] = now


def _net(memory_type: str, added: list[Block], removed: list[Block]) -> int:
    """Bytes per bank that one memory type has more."""
    came = sum(block.bytes_per_bank for block in added if block.memory_type == memory_type)
    return came - sum(block.bytes_per_bank for block in removed if block.memory_type == memory_type)


def _is_same(ours: tuple[list[Block], list[Block]], theirs: tuple[list[Block], list[Block]]) -> bool:
    return {*ours[0]} == {*theirs[0]} and {*ours[1]} == {*theirs[1]}

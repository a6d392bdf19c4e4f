"""What a test left on a device: how much, what it is, and who holds it. The engine hears of it after the test."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tt_memwatch.devices.allocator import Allocator
from tt_memwatch.devices.collect_garbage import collect
from tt_memwatch.devices.measured_devices import MeasuredDevices
from tt_memwatch.devices.measurement import Block
from tt_memwatch.devices.mesh_device import MeshDevice
from tt_memwatch.end_of_test import keep
from tt_memwatch.holders import Buffer, find_holders
from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.held_by_pytest import buffers_pytest_keeps
from tt_memwatch.holders.keys import shortened
from tt_memwatch.holders.suite_objects import SuiteObjects
from tt_memwatch.holders.tensors import describe
from tt_memwatch.options import HOLDER_BUDGETS_S
from tt_memwatch.origins.call_site import frames_of
from tt_memwatch.origins.note_results import Birth
from tt_memwatch.pace import Pace
from tt_memwatch.running_test import TestInProgress

#: How much longer a search may take for each further block, in seconds: ten times what it does take.
BUDGET_OF_ONE_MORE_S = 0.0005

#: How long the last search may take where pytest was interrupted, in seconds: somebody waits for the end.
INTERRUPTED_S = 0.5

#: Longest path that is sent, in characters.
PATH_MAX = 500

#: How the path of a local of the running test reads; those of other threads name the thread behind it.
_RUNNING = "in running frame "
_OF_THREAD = " of thread "

#: Blocks by the device they are on.
BlocksByDevice = dict[int, set[Block]]


@dataclass
class Left:
    """Describes what tests left and finds its holders, for several tests at once where many leave something."""

    measured: MeasuredDevices
    #: How long the search for holders may take after a test that left something, in seconds.
    holder_budget_s: float
    pace: Pace
    #: Whether what follows a test depends on what it left: then garbage is collected at once.
    decides: bool
    #: Whether what the last search found is held by something that lasts: then so is what the next finds, most likely.
    _finds_lasting: bool = True
    _near: SuiteObjects = field(default_factory=SuiteObjects)
    #: When searches have to be over, where that is known.
    _end: Deadline | None = None

    def note(self, test: TestInProgress, devices: Sequence[MeshDevice], goes_on: bool) -> None:
        """The test is over on these devices, which go on or are about to be closed."""
        if not self.measured.has_anything_left():
            return
        if not test.counts:
            if self.measured.has_grown(devices):
                collect(self.measured, devices)
        else:
            self._wait_for(devices)
            if self._is_search_due(test, devices, goes_on):
                self.search(devices)
        for part in self.measured.parts(devices):
            allocator = self.measured.allocators[part.id()]
            for name, size in allocator.grown_bytes().items():
                test.note_growth(allocator.facts.chips[0], name, size)

    def _is_search_due(self, test: TestInProgress, devices: Sequence[MeshDevice], goes_on: bool) -> bool:
        has_to_know = self.decides or test.warm_up > 0 or not self.measured.engine.connected
        if not goes_on or (has_to_know and self.measured.has_grown(devices)):
            return True
        self.search_if_due()
        return not self._is_found_near(test, devices) and self.pace.allows_at_once()

    def search_if_due(self) -> None:
        allocators = self.measured.allocators.values()
        if not any(allocator.waiting for allocator in allocators):
            return
        if self.pace.allows_search() or any(allocator.has_much_waiting() for allocator in allocators):
            self.search(self.measured.devices())

    def _is_found_near(self, test: TestInProgress, devices: Sequence[MeshDevice]) -> bool:
        """Find holders of what the test left near it, since a later test may free that before it is searched.

        Whether all of it has one, or nothing is to be found.
        """
        is_wanted = self.measured.is_waiting(devices) and self.measured.has_grown(devices) and self._searches()
        if not is_wanted or not self.pace.allows_look_near():
            return True
        near = functools.partial(self._near.objects, test.item)
        is_all = True
        with self.pace.looking_near():
            for part in self.measured.parts(devices):
                wanted = _buffers(self.measured.allocators[part.id()].left())
                found = self._find(part.id(), wanted, HOLDER_BUDGETS_S["on"], near=near) if wanted else {}
                is_all &= wanted <= found.keys()
                if self.holder_budget_s > 0:
                    self._queue_holders(part.id(), found)
                if self.measured.origins.is_on:
                    self._queue_origins(part.id(), self.measured.origins.take_confirmed())
        return is_all

    def search(self, devices: Sequence[MeshDevice]) -> None:
        """Describe what waits on these devices, with its holders, once garbage is gone.

        Garbage is collected only where something waits that could be garbage, which takes longer than a search.
        """
        if not self.measured.is_waiting(devices):
            return
        with self.pace.searching():
            if self._finds_lasting:
                self._tell_held(devices)
            if self.measured.is_waiting(devices):
                collect(self.measured, devices)
                self._finds_lasting = self.tell_waiting(devices)

    def search_shortly(self, devices: Sequence[MeshDevice]) -> None:
        """The last search, where pytest was interrupted.

        What it has no time for goes on waiting, so that the finding says that it was not searched.
        """
        if not self.measured.is_waiting(devices):
            return
        self._end = Deadline.after(INTERRUPTED_S)
        self._tell_held(devices)
        if self.measured.is_waiting(devices) and not self._end.is_over:
            collect(self.measured, devices)
            self.tell_waiting(devices)

    def kept(self) -> BlocksByDevice:
        """Blocks that are expected to go with what holds them."""
        return {key: set(allocator.kept) for key, allocator in self.measured.allocators.items() if allocator.kept}

    def tell_holders_of_lasting(self, kept: BlocksByDevice) -> None:
        """Something else holds what was expected to go and is there at a later look."""
        for key, blocks in kept.items():
            allocator = self.measured.allocators.get(key)
            if allocator is not None:
                self._wait(allocator, {b for b in blocks if allocator.holds((b.memory_type, b.address))})
        if kept:
            self.search_if_due()

    def set_aside_what_the_test_uses(self, test: TestInProgress, devices: Sequence[MeshDevice]) -> None:
        """Note the growth that only the running test holds, by its frames or its unittest instance, or nobody."""
        keep(self.measured, devices, buffers_pytest_keeps(test.item, test.ended_fixtures), "test")
        for part in self.measured.parts(devices):
            allocator = self.measured.allocators[part.id()]
            found = self._find(part.id(), _buffers(allocator.left()), HOLDER_BUDGETS_S["on"])
            for block in allocator.left():
                paths = found.get((block.memory_type, block.address), [])
                if all(_RUNNING in path and _OF_THREAD not in path for path in paths):
                    allocator.kept.add(block)
                    self.measured.engine.queue_kept(part.id(), block, "test")

    def _wait_for(self, devices: Sequence[MeshDevice]) -> None:
        for part in self.measured.parts(devices):
            allocator = self.measured.allocators[part.id()]
            self._wait(allocator, allocator.left())

    def _wait(self, allocator: Allocator, blocks: set[Block]) -> None:
        more = blocks - allocator.waiting.blocks
        if more:
            allocator.waiting.add(more)
            self.pace.note_waiting()
            self.measured.engine.queue_waiting(allocator.facts.key, more)

    def tell_waiting(self, devices: Sequence[MeshDevice]) -> bool:
        """Garbage was collected: describe what waits on these devices, with its holders. Whether these last."""
        lasting: set[Buffer] = set()
        all_wanted: set[Buffer] = set()
        for part in self.measured.parts(devices):
            allocator = self.measured.allocators[part.id()]
            wanted = _buffers(allocator.waiting.blocks)
            if wanted and self._searches():
                all_wanted |= wanted
                self._tell_holders(allocator, wanted, self._find(part.id(), wanted, self._budget_s(wanted), lasting))
            if not self._is_cut_short():
                self._end_wait(allocator)
        return bool(all_wanted) and all_wanted <= lasting

    def _tell_held(self, devices: Sequence[MeshDevice]) -> None:
        """The same before a collection, of the devices on which it would free nothing that waits."""
        for part in self.measured.parts(devices) if self._searches() else ():
            allocator = self.measured.allocators[part.id()]
            wanted = _buffers(allocator.waiting.blocks)
            lasting: set[Buffer] = set()
            found = self._find(part.id(), wanted, self._budget_s(wanted), lasting) if wanted else {}
            if wanted and wanted <= lasting:
                self._tell_holders(allocator, wanted, found)
                self._end_wait(allocator)
            elif found and self._is_cut_short():
                self._tell_holders(allocator, wanted, found)

    def _end_wait(self, allocator: Allocator) -> None:
        if allocator.waiting:
            allocator.waiting.clear()
            self.measured.engine.queue("searched", device=allocator.facts.key)

    def _searches(self) -> bool:
        # A buffer gets a line only if the search met its tensor.
        return self.measured.engine.connected and (self.holder_budget_s > 0 or self.measured.origins.is_on)

    def _budget_s(self, wanted: set[Buffer]) -> float:
        budget_s = (self.holder_budget_s or HOLDER_BUDGETS_S["on"]) + len(wanted) * BUDGET_OF_ONE_MORE_S
        return budget_s if self._end is None else min(budget_s, self._end.left_s)

    def _is_cut_short(self) -> bool:
        return self._end is not None and self._end.is_over

    def _tell_holders(self, allocator: Allocator, wanted: set[Buffer], found: dict[Buffer, list[str]]) -> None:
        cpp, origins, key = self.measured.cpp_holders, self.measured.origins, allocator.facts.key
        if self.holder_budget_s > 0:
            self._queue_holders(key, cpp.name(allocator, wanted, found))
        if origins.is_on:
            self._queue_origins(key, {**cpp.births(allocator, wanted), **origins.take_confirmed()})

    def _find(
        self,
        key: int,
        wanted: set[Buffer],
        budget_s: float,
        lasting: set[Buffer] | None = None,
        near: Callable[[], list[object]] | None = None,
    ) -> dict[Buffer, list[str]]:
        """As `find_holders`. A fault of the search costs the holders, and what was measured counts."""
        objects = self.measured.cpp_holders.objects(self.measured.allocators[key])
        described: set[Buffer] = set()

        def meet(buffer: Buffer, tensor: Any) -> None:
            self.measured.origins.meet(key, buffer, tensor)
            if buffer not in described:
                described.add(buffer)
                self.measured.engine.queue("tensor", **_names(key, buffer), **describe(tensor))

        try:
            return find_holders(key, wanted, budget_s, objects, meet, lasting, near, self.measured.outlived)
        except Exception as error:
            failed = f"... (the search for holders failed: {type(error).__name__}: {error})"
            return {} if near is not None else {buffer: [failed] for buffer in wanted}

    def _queue_holders(self, key: int, holders: dict[Buffer, list[str]]) -> None:
        for buffer, paths in holders.items():
            self.measured.engine.queue("holders", **_names(key, buffer), paths=[shortened(p, PATH_MAX) for p in paths])

    def _queue_origins(self, key: int, births: dict[Buffer, Birth]) -> None:
        for buffer, (operation, site, _) in births.items():
            self.measured.engine.queue("origin", **_names(key, buffer), operation=operation, stack=frames_of(site))


def _names(key: int, buffer: Buffer) -> dict[str, Any]:
    """A block as the protocol names it."""
    memory_type, address = buffer
    return {"device": key, "memoryType": memory_type, "address": hex(address)}


def _buffers(blocks: Iterable[Block]) -> set[Buffer]:
    return {(block.memory_type, block.address) for block in blocks}

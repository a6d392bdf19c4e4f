"""What a test left on a device: how much, what it is, and who holds it. Told to the engine after the test."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tt_memwatch.conclude import keep
from tt_memwatch.devices.allocator import Block
from tt_memwatch.devices.mesh_device import MeshDevice
from tt_memwatch.devices.watched_devices import WatchedDevices
from tt_memwatch.holders import Buffer, find_holders
from tt_memwatch.holders.held_by_pytest import buffers_pytest_keeps
from tt_memwatch.holders.tensors import describe_tensors
from tt_memwatch.in_progress import TestInProgress
from tt_memwatch.options import HOLDER_BUDGETS_S
from tt_memwatch.origins.call_site import frames_of
from tt_memwatch.origins.wrapping import Birth

#: Longest path told, in characters.
MAX_PATH = 500

#: How the path of a local of the running test reads; those of other threads name the thread behind it.
_RUNNING = "in running frame "
_OF_THREAD = " of thread "

#: Blocks by the device they are on.
BlocksByDevice = dict[int, set[Block]]


@dataclass
class Left:
    """Describes what is left and finds its holders, within the budget for one test."""

    watched: WatchedDevices
    #: How long the search for holders may take after a test that left something, in seconds.
    holder_budget_s: float

    def note(self, test: TestInProgress, devices: Sequence[MeshDevice]) -> None:
        for part in self.watched.parts(devices):
            allocator = self.watched.allocators[part.id()]
            for name, size in allocator.grown_bytes().items():
                where = (allocator.facts.chips[0], name)
                test.grown[where] = test.grown.get(where, 0) + size
            if test.repeat > 0:
                continue
            wanted = _buffers(allocator.left())
            if wanted:
                self._describe(test, part.id(), wanted)

    def kept(self) -> BlocksByDevice:
        """Blocks that are expected to go with what holds them."""
        return {key: set(allocator.kept) for key, allocator in self.watched.allocators.items() if allocator.kept}

    def tell_holders_of_lasting(self, kept: BlocksByDevice) -> None:
        """Something else holds what was expected to go and is there at a later look."""
        for key, blocks in kept.items():
            allocator = self.watched.allocators.get(key)
            lasting = _buffers(
                b for b in blocks if allocator is not None and allocator.holds((b.memory_type, b.address))
            )
            if lasting and self.watched.engine.connected:
                self._tell_holders(key, lasting)

    def set_aside_what_the_test_uses(self, test: TestInProgress, devices: Sequence[MeshDevice]) -> None:
        """Note the growth that only the running test holds, by its frames or its unittest instance, or nobody."""
        keep(self.watched, devices, buffers_pytest_keeps(test.item, test.ended_fixtures), "test")
        for part in self.watched.parts(devices):
            allocator = self.watched.allocators[part.id()]
            found = self._find(part.id(), _buffers(allocator.left()), HOLDER_BUDGETS_S["on"])
            for block in allocator.left():
                paths = found.get((block.memory_type, block.address), [])
                if all(_RUNNING in path and _OF_THREAD not in path for path in paths):
                    allocator.kept.add(block)
                    self.watched.engine.queue_kept(part.id(), block, "test")

    def _describe(self, test: TestInProgress, key: int, wanted: set[Buffer]) -> None:
        module = getattr(test.item, "module", None)
        for found in describe_tensors(key, wanted, [vars(module) if module else {}]):
            self.watched.engine.queue("tensor", device=key, **found)
        if self.watched.engine.connected:
            self._tell_holders(key, wanted)

    def _tell_holders(self, key: int, wanted: set[Buffer]) -> None:
        cpp, origins = self.watched.cpp_holders, self.watched.origins
        # A line is told of a buffer only if the tensor that has it was met.
        budget_s = self.holder_budget_s or (HOLDER_BUDGETS_S["on"] if origins.is_on else 0.0)
        if budget_s == 0:
            return
        found = self._find(key, wanted, budget_s)
        allocator = self.watched.allocators[key]
        if self.holder_budget_s > 0:
            self._queue_holders(key, cpp.name(allocator, wanted, found))
        if origins.is_on:
            self._queue_origins(key, {**cpp.births(allocator, wanted), **origins.take_confirmed()})

    def _find(self, key: int, wanted: set[Buffer], budget_s: float) -> dict[Buffer, list[str]]:
        objects = self.watched.cpp_holders.objects(self.watched.allocators[key])
        return find_holders(key, wanted, budget_s, objects, functools.partial(self.watched.origins.meet, key))

    def _queue_holders(self, key: int, holders: dict[Buffer, list[str]]) -> None:
        for (memory_type, address), paths in holders.items():
            self.watched.engine.queue(
                "holders", device=key, memoryType=memory_type, address=hex(address), paths=[p[:MAX_PATH] for p in paths]
            )

    def _queue_origins(self, key: int, births: dict[Buffer, Birth]) -> None:
        for (memory_type, address), (operation, site, _) in births.items():
            where = {"device": key, "memoryType": memory_type, "address": hex(address)}
            self.watched.engine.queue("origin", **where, operation=operation, stack=frames_of(site))


def _buffers(blocks: Iterable[Block]) -> set[Buffer]:
    return {(block.memory_type, block.address) for block in blocks}

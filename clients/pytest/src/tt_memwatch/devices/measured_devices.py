"""The devices that are measured: what each allocator said at the last look, and what of it the test left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tt_memwatch.devices.allocator import Allocator
from tt_memwatch.devices.measurement import DeviceFacts
from tt_memwatch.devices.mesh_device import MeshDevice, with_submeshes
from tt_memwatch.devices.open_devices import OpenDevices
from tt_memwatch.devices.program_cache import clear_program_cache
from tt_memwatch.engine import Engine
from tt_memwatch.holders.cpp_holders import CppHolders
from tt_memwatch.holders.outlived import Outlived
from tt_memwatch.origins.tracing import Tracing
from tt_memwatch.origins.wrapping import Origins
from tt_memwatch.per_test_lines import Writer, unchanged_line


@dataclass
class MeasuredDevices:
    """Which devices may be asked, and what each allocator said last. Every look is queued for the engine."""

    engine: Engine
    tracing: Tracing
    open_devices: OpenDevices
    cpp_holders: CppHolders
    origins: Origins = field(default_factory=Origins)
    outlived: Outlived = field(default_factory=Outlived)
    #: Whether records may say what is live, in between; else the allocator is asked at each look.
    follows: bool = True
    #: Of devices and their sub-meshes, by `MeshDevice.id()`.
    allocators: dict[int, Allocator] = field(default_factory=dict)
    #: Open devices that the engine's writer looks at by itself: all of them, or none.
    watched: int = 0

    def leave_to_parent(self) -> None:
        """In a forked child: devices that are open already are the parent's, and asking them here may hang."""
        self.watched = 0
        self.open_devices.forget()
        for key in self.allocators:
            self.cpp_holders.forget(key)
            self.origins.forget(key)
        self.allocators.clear()
        self.tracing.start_over()

    def forget(self, key: int) -> None:
        """The device has ended."""
        self.watched = 0
        if self.allocators.pop(key, None) is not None:
            self.engine.queue("device-end", device=key)
        self.outlived.end(key)
        self.cpp_holders.forget(key)
        self.origins.forget(key)

    def forget_ended(self) -> None:
        """What ended since the session before."""
        for key in [key for key in self.allocators if self.open_devices.has_ended(key)]:
            self.forget(key)

    def devices(self) -> list[MeshDevice]:
        """The open devices, without their sub-meshes. No reference to one may be kept."""
        return self.open_devices.open()

    def look(self, devices: Iterable[MeshDevice], moment: str, fixture: dict[str, str] | None = None) -> None:
        """Measure the devices and their sub-meshes."""
        self.watched = 0
        for device in devices:
            self._look_at(device, moment, fixture, parent=None)

    def look_again(self, devices: Sequence[MeshDevice], moment: str) -> None:
        """The same, at a moment at which all may be as it was at the last look."""
        if len(devices) != self.watched or not self.engine.writer.look(moment):
            self.look(devices, moment)

    def look_everywhere(self, moment: str, fixture: dict[str, str] | None = None) -> None:
        self.look(self.open_devices.open(), moment, fixture)

    def look_again_everywhere(self, moment: str) -> None:
        if not self.watched or not self.engine.writer.look(moment):
            self.look_everywhere(moment)

    def is_nothing_left(self) -> bool:
        """Whether all is as it was when the test began, and nothing of an earlier test waits. The engine hears it then.

        False where that takes more than a look.
        """
        if not self.watched or [each for each in self.allocators.values() if each.waiting.blocks]:
            return False
        return self.engine.writer.look("after")

    def look_before(self) -> None:
        """Measure all devices before a test. What they hold then is watched natively, as far as that can be."""
        self.look_everywhere("before")
        writer = self.engine.writer
        writer.watch_none()
        # The records of a process say what changed since they were asked last, to one session only.
        if not self.follows or self.origins.is_on or self.tracing.recorded() is None:
            return
        addresses = self.open_devices.addresses()
        if all(address is not None and self._is_watched_by(writer, key, address) for key, address in addresses):
            self.watched = len(addresses)

    def _is_watched_by(self, writer: Writer, key: int, address: int) -> bool:
        allocator = self.allocators.get(key)
        return allocator is not None and allocator.is_watched_by(writer, address)

    def clear_caches(self, devices: Iterable[MeshDevice], goes_on: bool) -> None:
        """Clear the program caches of the devices and their sub-meshes."""
        for part in self.parts(devices):
            clear_program_cache(part, goes_on)

    def parts(self, devices: Iterable[MeshDevice]) -> list[MeshDevice]:
        """The devices and their open sub-meshes, as far as they have been looked at."""
        found = [part for device in devices for part in with_submeshes(device)]
        return [part for part in found if self.open_devices.is_open(part) and part.id() in self.allocators]

    def is_holding(self, devices: Iterable[MeshDevice]) -> bool:
        """Whether anything is live that will not go with what pytest itself keeps of the test."""
        return any(
            sum(map(len, allocator.blocks.values())) > len(allocator.kept) for allocator in self._allocators_of(devices)
        )

    def has_grown(self, devices: Iterable[MeshDevice]) -> bool:
        """Whether there are blocks that the test did not find and that nothing explains.

        New program-cache entries without any hold no memory.
        """
        return self._has_any_grown() and any(allocator.left() for allocator in self._allocators_of(devices))

    def has_anything_left(self) -> bool:
        """Whether there are blocks on any device that the running test did not find, or that wait for a search."""
        return self._has_any_grown() or self._has_any_waiting()

    # Both are asked several times a test, where a generator takes longer than a list.

    def _has_any_grown(self) -> bool:
        return bool([allocator for allocator in self.allocators.values() if allocator.grown])

    def _has_any_waiting(self) -> bool:
        return bool([allocator for allocator in self.allocators.values() if allocator.waiting.blocks])

    def is_waiting(self, devices: Iterable[MeshDevice]) -> bool:
        """Whether there are blocks for which garbage is yet to be collected and a holder to be looked for."""
        return self._has_any_waiting() and any(allocator.waiting for allocator in self._allocators_of(devices))

    def has_any_of_the_test(self, devices: Iterable[MeshDevice]) -> bool:
        """Whether there are blocks that the test did not find, explained or not."""
        return any(allocator.grown for allocator in self._allocators_of(devices))

    def _allocators_of(self, devices: Iterable[MeshDevice]) -> list[Allocator]:
        return [self.allocators[part.id()] for part in self.parts(devices)]

    def _look_at(self, device: MeshDevice, moment: str, fixture: dict[str, str] | None, parent: int | None) -> None:
        key = device.id()
        if self.open_devices.has_ended(key):
            return
        allocator, meshes = self.allocators.get(key), device.get_submeshes()
        if allocator is None:
            allocator = self.allocators[key] = Allocator(DeviceFacts.of(device, parent))
        # What is recorded of a mesh and of its sub-meshes was not held against their lists often enough.
        if meshes or parent is not None or not self.follows:
            allocator.follows = False
        measured = allocator.measure(device, moment, self.tracing)
        if moment == "before" and self.origins.is_on:
            self.origins.keep_live(allocator)
        if measured is None:
            self.engine.hold(unchanged_line(key, moment))
        else:
            if measured.removed:
                self.cpp_holders.keep_live(allocator)
            self.engine.queue_measurement(allocator.facts, measured, fixture)
        for mesh in meshes:
            self._look_at(mesh, moment, fixture, key)

"""The devices a pytest process has open, as its fixtures gave them, and the allocator of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tt_memwatch.cleanup import clear_program_cache
from tt_memwatch.cpp_holders import CppHolders
from tt_memwatch.devices import MAX_SEARCH_DEPTH, MeshDevice, OpenDevices, find_devices, with_submeshes
from tt_memwatch.engine import Engine
from tt_memwatch.measure import Allocator, DeviceFacts
from tt_memwatch.origin import Origins
from tt_memwatch.tracing import Tracing

#: Fixtures of tt-metal's conftest files that give devices, also inside other objects.
DEVICE_FIXTURES = frozenset(
    {
        "device",
        "mesh_device",
        "bh_1d_mesh_device",
        "bh_2d_mesh_device",
        "pcie_mesh_device",
        "t3k_single_board_mesh_device",
        "t3k_mesh_device",
        "n300_mesh_device",
        "all_devices",
        "pcie_devices",
    }
)


@dataclass
class Giver:
    """The fixture whose value a device is in. The device itself is fetched from the value each time, never kept."""

    fixturedef: Any
    depth: int

    def device(self, key: int) -> MeshDevice | None:
        cached = self.fixturedef.cached_result
        if cached is None or cached[2] is not None:
            return None
        return next((d for d in find_devices(cached[0], self.depth) if d.id() == key), None)


@dataclass
class Board:
    """Which devices may be asked, and what each allocator said last. Every look is queued for the engine."""

    engine: Engine
    tracing: Tracing
    device_fixtures: frozenset[str]
    open_devices: OpenDevices = field(default_factory=OpenDevices)
    givers: dict[int, Giver] = field(default_factory=dict)
    allocators: dict[int, Allocator] = field(default_factory=dict)
    cpp_holders: CppHolders = field(default_factory=CppHolders)
    origins: Origins = field(default_factory=Origins)
    #: In a forked child: the fixtures whose devices were opened before the fork.
    inherited: frozenset[str] = frozenset()

    def take(
        self,
        fixturedef: Any,
        value: object,
        opened_before: frozenset[int],
        before_close: Callable[[int, Giver], None],
    ) -> bool:
        """Take on the devices in a fixture's value; `before_close` is called while each is still open.

        True if the value is or holds a device, whether new or known.
        """
        named = fixturedef.argname in self.device_fixtures
        deep = named or bool(self.open_devices.opened() - opened_before)
        depth = MAX_SEARCH_DEPTH if deep else 1
        devices = list(find_devices(value, depth))
        for device in devices:
            key = device.id()
            if key in self.givers or not self.open_devices.is_open(device):
                continue
            giver = self.givers[key] = Giver(fixturedef, depth)
            self.look([device], "open", reference(fixturedef))
            # Finalizers run last in, first out: after all that depends on the device, before the fixture closes it.
            fixturedef.addfinalizer(lambda key=key, giver=giver: before_close(key, giver))
        return bool(devices) or named

    def leave_to_parent(self) -> None:
        """In a forked child: devices that are open already are the parent's, and asking them here may hang."""
        self.inherited |= {giver.fixturedef.argname for giver in self.givers.values()}
        for key in list(self.givers):
            self.forget(key)
        self.tracing.start_over()

    def forget(self, key: int) -> None:
        self.givers.pop(key, None)
        for gone in [k for k, a in self.allocators.items() if k == key or a.facts.parent == key]:
            del self.allocators[gone]
            self.cpp_holders.forget(gone)
            self.origins.forget(gone)

    def devices(self) -> list[MeshDevice]:
        """The open devices, without their sub-meshes."""
        found = [giver.device(key) for key, giver in self.givers.items()]
        return [device for device in found if device is not None and self.open_devices.is_open(device)]

    def look(self, devices: Iterable[MeshDevice], moment: str, fixture: dict[str, str] | None = None) -> None:
        """Measure the devices and their sub-meshes."""
        for device in devices:
            self._look_at(device, moment, fixture, parent=None)

    def look_everywhere(self, moment: str, fixture: dict[str, str] | None = None) -> None:
        self.look(self.devices(), moment, fixture)

    def clear_caches(self, devices: Iterable[MeshDevice], goes_on: bool) -> None:
        """Clear the program caches of the devices and their sub-meshes."""
        for part in self.parts(devices):
            clear_program_cache(part, goes_on)

    def parts(self, devices: Iterable[MeshDevice]) -> list[MeshDevice]:
        """The devices and their open sub-meshes, as far as they have been looked at."""
        found = [part for device in devices for part in with_submeshes(device)]
        return [part for part in found if self.open_devices.is_open(part) and part.id() in self.allocators]

    def is_holding(self, devices: Iterable[MeshDevice]) -> bool:
        """Whether anything at all is live."""
        return any(blocks for part in self.parts(devices) for blocks in self.allocators[part.id()].blocks.values())

    def has_grown(self, devices: Iterable[MeshDevice]) -> bool:
        """Whether there are blocks that the test did not find. New program-cache entries without any hold no memory."""
        return any(self.allocators[part.id()].grown for part in self.parts(devices))

    def _look_at(self, device: MeshDevice, moment: str, fixture: dict[str, str] | None, parent: int | None) -> None:
        if not self.open_devices.is_open(device):
            return
        key = device.id()
        if key not in self.allocators:
            self.allocators[key] = Allocator(DeviceFacts.of(device, parent))
        allocator = self.allocators[key]
        measured = allocator.measure(device, moment, self.tracing)
        measured.fixture = fixture
        self.cpp_holders.keep_live(allocator)
        if moment == "before":
            self.origins.keep_live(allocator)
        self.engine.queue_measurement(allocator.facts, measured)
        for mesh in device.get_submeshes():
            self._look_at(mesh, moment, fixture, key)


def reference(fixturedef: Any) -> dict[str, str]:
    """A fixture as the protocol names it."""
    return {"name": fixturedef.argname, "scope": fixturedef.scope, "baseId": fixturedef.baseid or ""}

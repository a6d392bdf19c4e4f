"""One block of code: what it found on the devices, and what it left there, judged without an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tt_memwatch.devices.allocator import Allocator
from tt_memwatch.devices.collect_garbage import collect
from tt_memwatch.devices.device_reference import DeviceReference
from tt_memwatch.devices.measured_devices import MeasuredDevices
from tt_memwatch.devices.mesh_device import MeshDevice, with_submeshes
from tt_memwatch.engine import Engine
from tt_memwatch.growth_words import LeftBuffer
from tt_memwatch.holders import Buffer, find_holders
from tt_memwatch.holders.tensors import describe
from tt_memwatch.limits import Limits
from tt_memwatch.origins.call_site import frames_of
from tt_memwatch.origins.note_results import Birth
from tt_memwatch.origins.ring_births import RingBirth, RingBirths, births_of_this_process
from tt_memwatch.origins.tracing import untraced
from tt_memwatch.this_process import ThisProcess

#: How long the search for holders may take, in seconds, as the plugin's does.
HOLDER_BUDGET_S = 2.0


@dataclass(frozen=True)
class BlockGrowth:
    """What a block left beyond its limits."""

    #: By logical device and memory type, in bytes on each chip.
    excess: dict[tuple[int, str], int]
    buffers: Sequence[LeftBuffer]
    #: The program cache was cleared before it was judged.
    was_cleared: bool
    #: Entries of the program caches that the block added and that are there still.
    cache_entries: int


class WatchedBlock:
    """From `begin` to `end`; `judge` in between. It refers to no device, and to nothing that the block makes.

    Looks are its own: another block, or the plugin that measures the test around it, sees the same memory and does not
    notice. What other threads allocate on the devices meanwhile counts as the block's.
    """

    def __init__(self, process: ThisProcess, references: Sequence[DeviceReference], *, clears: bool) -> None:
        self._process = process
        self._references = references
        self._clears = clears
        self._measured = MeasuredDevices(
            Engine(), untraced(), process.open_devices, process.cpp_holders, process.origins.births
        )
        self._entries_before = 0
        #: Where it has the lines from; None: from ttnn's operations, which are wrapped.
        self._ring: RingBirths | None = None

    def begin(self) -> None:
        """The block is about to run. Raises RuntimeError where a device is closed."""
        with self._process.judging:
            devices = self._borrow()
            self._ring = births_of_this_process()
            if self._ring is None:
                self._process.origins.enter()
            try:
                self._measured.look(devices, "before")
                self._entries_before = self._cache_entries(devices)
            except BaseException:
                self.end()
                raise

    def judge(self, limits: Limits) -> BlockGrowth | None:
        """What the block left beyond these limits; garbage is collected before.

        Raises RuntimeError where a device was closed meanwhile.
        """
        with self._process.judging:
            devices = self._borrow()
            self._measured.look(devices, "after")
            if not self._excess(devices, limits):
                return None
            collect(self._measured, devices)
            was_cleared = self._clears and bool(self._excess(devices, limits)) and self._cache_entries(devices) > 0
            if was_cleared:
                self._measured.clear_caches(devices, goes_on=True)
                self._measured.look(devices, "after-clear")
            excess = self._excess(devices, limits)
            if not excess:
                return None
            left = [buffer for part in self._measured.parts(devices) for buffer in self._describe(part)]
            entries = self._cache_entries(devices) - self._entries_before
            return BlockGrowth(excess, left, was_cleared, max(entries, 0))

    def end(self) -> None:
        """Whether it was judged or not."""
        if self._ring is None:
            with self._process.judging:
                self._process.origins.leave()

    def _borrow(self) -> list[MeshDevice]:
        """The devices, each once: sub-meshes are looked at with their mesh."""
        devices = {device.id(): device for device in (reference.borrow() for reference in self._references)}
        below = {part.id() for device in devices.values() for part in with_submeshes(device)[1:]}
        return [device for key, device in devices.items() if key not in below]

    def _cache_entries(self, devices: Sequence[MeshDevice]) -> int:
        return sum(part.num_program_cache_entries() for part in self._measured.parts(devices))

    def _excess(self, devices: Sequence[MeshDevice], limits: Limits) -> dict[tuple[int, str], int]:
        """Growth that the limits do not allow."""
        grown: dict[int, dict[str, int]] = {}
        for part in self._measured.parts(devices):
            allocator = self._measured.allocators[part.id()]
            of_device = grown.setdefault(allocator.facts.chips[0], {})
            for name, size in allocator.grown_bytes().items():
                of_device[name] = of_device.get(name, 0) + size
        return {(device, name): size for device, sizes in grown.items() for name, size in limits.excess(sizes).items()}

    def _describe(self, part: MeshDevice) -> list[LeftBuffer]:
        """The blocks that are left on one mesh, with what is known of each."""
        key = part.id()
        allocator = self._measured.allocators[key]
        wanted = {(block.memory_type, block.address) for block in allocator.left()}
        if not wanted:
            return []
        cpp, origins = self._measured.cpp_holders, self._measured.origins
        tensors: dict[Buffer, dict[str, Any]] = {}

        def meet(buffer: Buffer, tensor: Any) -> None:
            origins.meet(key, buffer, tensor)
            if buffer not in tensors:
                tensors[buffer] = describe(tensor)

        objects, outlived = cpp.objects(allocator), self._measured.outlived
        found = find_holders(key, wanted, HOLDER_BUDGET_S, objects, meet, outlived=outlived)
        paths = cpp.name(allocator, wanted, found)
        births = {**self._births_of(key, wanted), **_as_told(cpp.births(allocator, wanted))}
        return [_left(allocator, buffer, tensors, births, paths) for buffer in wanted]

    def _births_of(self, key: int, wanted: set[Buffer]) -> dict[Buffer, RingBirth]:
        if self._ring is not None:
            return self._ring.of(key, wanted)
        return _as_told(self._measured.origins.take_confirmed())


def _as_told(births: Mapping[Buffer, Birth]) -> dict[Buffer, RingBirth]:
    return {buffer: RingBirth(operation, frames_of(site)) for buffer, (operation, site, _) in births.items()}


def _left(
    allocator: Allocator,
    buffer: Buffer,
    tensors: dict[Buffer, dict[str, Any]],
    births: dict[Buffer, RingBirth],
    paths: dict[Buffer, list[str]],
) -> LeftBuffer:
    memory_type, address = buffer
    birth = births.get(buffer, RingBirth(None, []))
    return LeftBuffer(
        memory_type,
        address,
        allocator.bytes_of(allocator.block_at(buffer)),
        allocator.facts.chips,
        tensors.get(buffer, {}),
        birth.operation,
        birth.frames,
        paths.get(buffer, []),
    )

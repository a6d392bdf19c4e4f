"""What the memory of a device holds at one instant, and what changed from one instant to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tt_memwatch.devices.allocator import Allocator
from tt_memwatch.devices.device_reference import DeviceReference
from tt_memwatch.devices.measurement import MEMORY_TYPES, DeviceFacts
from tt_memwatch.devices.mesh_device import MeshDevice, find_devices, with_submeshes
from tt_memwatch.growth_words import device_words
from tt_memwatch.origins.tracing import untraced
from tt_memwatch.sizes import format_size
from tt_memwatch.this_process import this_process

_COLUMNS = ("memory", "held", "blocks", "largest free")


@dataclass(frozen=True)
class MemoryUse:
    """What one memory type holds, or how that changed. Nothing in it refers to the device."""

    memory_type: str
    #: On each chip: bytes per bank x banks.
    held_bytes: int
    blocks: int
    #: The largest block that could be allocated now, in bytes per bank, as the allocator counts it.
    largest_free_bytes_per_bank: int


@dataclass(frozen=True)
class Snapshot:
    """One device, or mesh with its sub-meshes, at one instant. `snapshot["DRAM"]` is one memory type."""

    #: `MeshDevice.id()`, which is unique for each opening in a process.
    device: int
    chips: tuple[int, ...]
    memory: tuple[MemoryUse, ...]
    program_cache_entries: int

    def __getitem__(self, memory_type: str) -> MemoryUse:
        return _of_type(self.memory, memory_type)

    def __sub__(self, earlier: Snapshot) -> SnapshotDifference:
        """What changed since `earlier`. Raises ValueError where that is of another device, or of an earlier opening."""
        if not isinstance(earlier, Snapshot):
            return NotImplemented
        if earlier.device != self.device:
            raise ValueError(
                f"these snapshots are of different devices (ids {self.device} and {earlier.device}); "
                "each opening of a device has an id of its own"
            )
        memory = tuple(_change(now, earlier[now.memory_type]) for now in self.memory)
        entries = self.program_cache_entries - earlier.program_cache_entries
        return SnapshotDifference(self.device, self.chips, memory, entries)

    def __str__(self) -> str:
        return _text(self._title(), self._rows())

    def _repr_html_(self) -> str:
        """For notebooks."""
        return _html(self._title(), self._rows())

    def _title(self) -> str:
        return f"{device_words(self.chips)}, {_entries(self.program_cache_entries)} in the program cache"

    def _rows(self) -> list[tuple[str, ...]]:
        return [_row(use, format_size, str) for use in self.memory]


@dataclass(frozen=True)
class SnapshotDifference:
    """What changed between two snapshots of a device. It is true where anything did, as in `if after - before:`."""

    device: int
    chips: tuple[int, ...]
    #: Changes: negative where less is held.
    memory: tuple[MemoryUse, ...]
    program_cache_entries: int

    def __getitem__(self, memory_type: str) -> MemoryUse:
        return _of_type(self.memory, memory_type)

    def __bool__(self) -> bool:
        return self.program_cache_entries != 0 or any(_has_changed(use) for use in self.memory)

    def __str__(self) -> str:
        rows = self._rows()
        return _text(self._title(), rows) if rows else f"{self._title()}: no change"

    def _repr_html_(self) -> str:
        """For notebooks."""
        rows = self._rows()
        return _html(self._title(), rows) if rows else f"<p>{self._title()}: no change</p>"

    def _title(self) -> str:
        entries = f", {_signed_entries(self.program_cache_entries)} in the program cache"
        return device_words(self.chips) + (entries if self.program_cache_entries else "")

    def _rows(self) -> list[tuple[str, ...]]:
        return [_row(use, _signed_size, _signed) for use in self.memory if _has_changed(use)]


def snapshot(device: object) -> Snapshot:
    """What the allocator of an open device says now. Garbage is not collected: call `gc.collect()` before.

    Raises TypeError for what is not a device, RuntimeError for a closed one.
    """
    found = next(find_devices(device, depth=0), None)
    if found is None:
        raise TypeError(f"tt_memwatch.snapshot got {type(device).__name__!r}; wanted an open ttnn device")
    open_devices = this_process().open_devices
    DeviceReference(open_devices, found).borrow()
    parts = [_look(part) for part in with_submeshes(found) if open_devices.is_open(part)]
    memory = tuple(_add_up(name, [of_part[name] for of_part, _ in parts]) for name in MEMORY_TYPES)
    return Snapshot(found.id(), tuple(found.get_device_ids()), memory, sum(entries for _, entries in parts))


def _look(part: MeshDevice) -> tuple[dict[str, MemoryUse], int]:
    """One mesh alone, by memory type, and the entries of its program cache."""
    allocator = Allocator(DeviceFacts.of(part, None), follows=False)
    look = allocator.ask(part, "open", untraced()).look
    uses = {
        name: MemoryUse(name, usage.allocated * usage.banks, len(allocator.blocks[name]), usage.largest_free or 0)
        for name, usage in zip(MEMORY_TYPES, look.usage, strict=True)
    }
    return uses, look.cache_entries


def _add_up(memory_type: str, uses: Sequence[MemoryUse]) -> MemoryUse:
    """A mesh and its sub-meshes share the chips; what can be allocated is what each of them could."""
    return MemoryUse(
        memory_type,
        sum(use.held_bytes for use in uses),
        sum(use.blocks for use in uses),
        min(use.largest_free_bytes_per_bank for use in uses),
    )


def _of_type(memory: Iterable[MemoryUse], memory_type: str) -> MemoryUse:
    found = next((use for use in memory if use.memory_type == memory_type), None)
    if found is None:
        raise KeyError(f"{memory_type!r} is not a memory type; wanted one of {', '.join(MEMORY_TYPES)}")
    return found


def _change(now: MemoryUse, before: MemoryUse) -> MemoryUse:
    return MemoryUse(
        now.memory_type,
        now.held_bytes - before.held_bytes,
        now.blocks - before.blocks,
        now.largest_free_bytes_per_bank - before.largest_free_bytes_per_bank,
    )


def _has_changed(use: MemoryUse) -> bool:
    return (use.held_bytes, use.blocks, use.largest_free_bytes_per_bank) != (0, 0, 0)


def _row(use: MemoryUse, size: Callable[[int], str], number: Callable[[int], str]) -> tuple[str, ...]:
    free = f"{size(use.largest_free_bytes_per_bank)} per bank"
    return use.memory_type, size(use.held_bytes), number(use.blocks), free


def _signed_size(size: int) -> str:
    return f"{'-' if size < 0 else '+'}{format_size(abs(size))}" if size else "0 B"


def _signed(number: int) -> str:
    return f"{number:+d}" if number else "0"


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _signed_entries(count: int) -> str:
    return f"{count:+d} {'entry' if abs(count) == 1 else 'entries'}"


def _text(title: str, rows: Sequence[tuple[str, ...]]) -> str:
    table = [_COLUMNS, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(_COLUMNS))]
    return "\n".join([title, *("  " + _line(row, widths) for row in table)])


def _line(row: tuple[str, ...], widths: Sequence[int]) -> str:
    first, *others = row
    cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
    return "   ".join([first.ljust(widths[0]), *cells])


def _html(title: str, rows: Sequence[tuple[str, ...]]) -> str:
    """A table whose text is all ours: nothing of it has to be escaped."""
    head = "".join(f"<th>{cell}</th>" for cell in _COLUMNS)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

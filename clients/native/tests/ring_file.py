"""Reads a ring for the tests, from docs/formats.md and from nothing of the tracer's."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

KINDS = [
    "none",
    "allocate",
    "free",
    "allocate-failed",
    "allocator-cleared",
    "allocator-destroyed",
    "cb-allocate",
    "cb-clear",
    "free-failed",
    "mark",
    "connect",
    "capture-begin",
    "capture-end",
    "replay",
    "release",
]
TYPES = {0: "DRAM", 1: "L1", 2: "SYSTEM_MEMORY", 3: "L1_SMALL", 4: "TRACE", 255: "?"}


class Record(NamedTuple):
    seq: int
    time_ns: int
    address: int
    size: int
    bytes_per_bank: int
    buffer: int
    unique_id: int
    allocator: int
    thread: int
    context: int
    stack: int
    device: int
    kind: str
    memory_type: str
    #: Logical id of the device's first chip; None: unknown.
    chip: int | None
    #: Of this memory type, and what their allocator rounds up to, in bytes per bank; 0: unknown.
    banks: int
    unit: int

    @property
    def block_bytes(self) -> int:
        """Bytes per bank that the allocator gives it."""
        return -(-self.bytes_per_bank // self.unit) * self.unit


_RECORD = struct.Struct("<8Q3IiBB2x4x3H2x")
assert _RECORD.size == 96


def _record(values: tuple[int, ...]) -> Record:
    chip = values[14] - 1 if values[14] else None
    return Record(*values[:12], KINDS[values[12]], TYPES[values[13]], chip, *values[15:])


class RingFile:
    """A ring's header and its records, as far as they are complete."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        assert data[:8] == b"TTMWRING"
        self.version, self.header_bytes, self.record_bytes, self.pid = struct.unpack_from("<4I", data, 8)
        self.capacity, stacks_offset, self.stacks_bytes, self.start_ticks = struct.unpack_from("<4Q", data, 24)
        self.hooks, self.stack_depth = struct.unpack_from("<2I", data, 72)
        (self.head,) = struct.unpack_from("<Q", data, 128)
        self.context, self.state = struct.unpack_from("<2I", data, 192)
        used, self.stacks_count, self.stacks_dropped = struct.unpack_from("<Q2I", data, 256)
        self.bytes = len(data)
        self.records = self._records(data)
        self.stacks = _stacks(data[stacks_offset : stacks_offset + used])

    def _records(self, data: bytes) -> list[Record]:
        found = []
        for ticket in range(max(0, self.head - self.capacity), self.head):
            values = _RECORD.unpack_from(data, self.header_bytes + ticket % self.capacity * 96)
            if values[0] == ticket + 1:
                found.append(_record(values))
        return found


class LiveSet:
    """The buffers that are live by a ring's records, which are read as they come."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._file.seek(24)
        (self._capacity,) = struct.unpack("<Q", self._file.read(8))
        self._next = 0
        self._live: dict[tuple[int, int], Record] = {}
        self.kinds: dict[str, int] = {}
        self.threads: set[int] = set()

    def records(self) -> list[Record]:
        """The live buffers as they were last read."""
        return list(self._live.values())

    def read(self) -> list[tuple[int, int, int, str]]:
        """Take in what is new. Gives device, address, bytes per bank and memory type of each live buffer, sorted."""
        self._file.seek(128)
        (head,) = struct.unpack("<Q", self._file.read(8))
        assert head - self._next <= self._capacity, "records were lost"
        while self._next < head:
            self._file.seek(4096 + self._next % self._capacity * 96)
            values = _RECORD.unpack(self._file.read(96))
            assert values[0] == self._next + 1, "a record is not complete"
            self._take(_record(values))
            self._next += 1
        return sorted((r.device, r.address, r.bytes_per_bank, r.memory_type) for r in self._live.values())

    def _take(self, record: Record) -> None:
        self.kinds[record.kind] = self.kinds.get(record.kind, 0) + 1
        key = record.allocator, record.buffer
        if record.kind == "allocate":
            assert key not in self._live, "a live buffer was allocated again"
            self._live[key] = record
            self.threads.add(record.thread)
        elif record.kind == "free":
            freed = self._live.pop(key, None)
            assert freed is None or record.address in (0, freed.address), "another address was freed"
        elif record.kind in ("allocator-cleared", "allocator-destroyed"):
            for gone in [k for k in self._live if k[0] == record.allocator]:
                del self._live[gone]


def _stacks(area: bytes) -> dict[int, list[tuple[str, int, str]]]:
    stacks = {}
    at = 0
    while at < len(area):
        size, number, count = struct.unpack_from("<3I", area, at)
        stacks[number] = _frames(area, at + 12, count)
        at += size
    return stacks


def _frames(area: bytes, at: int, count: int) -> list[tuple[str, int, str]]:
    frames = []
    for _ in range(count):
        line, file_bytes, name_bytes = struct.unpack_from("<IHH", area, at)
        middle = at + 8 + file_bytes
        frames.append((area[at + 8 : middle].decode(), line, area[middle : middle + name_bytes].decode()))
        at = (middle + name_bytes + 3) // 4 * 4
    return frames

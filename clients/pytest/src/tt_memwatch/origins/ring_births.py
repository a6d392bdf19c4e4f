"""Which line and operation made a buffer, by the tracer's ring of this process (docs/formats.md, "Ring")."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from tt_memwatch.devices.measurement import MEMORY_TYPE_NUMBERS
from tt_memwatch.holders import Buffer

#: A frame of the ring: file, line and function.
_Frame = tuple[str, int, str]

_CAPACITY_AT, _DEPTH_AT, _HEAD_AT, _STACKS_USED_AT = 24, 76, 128, 256
_HEADER_BYTES = 4_096
#: What is used of a record: its ticket, the address, the stack, the device, the kind, the memory type, the operation.
_RECORD = struct.Struct("<Q8xQ48xIiBB2xI8x")
_ALLOCATE = 1

#: Records that are read at once: 384 KiB.
_RECORDS_AT_ONCE = 4_096

#: Files between the user's code and an allocation: their frames say nothing of who asked, as the engine has it too.
_PASSED_OVER = re.compile(
    r"/(?:site-packages|dist-packages)/(?:ttnn|_pytest|pytest|pluggy|tt_memwatch\w*|loguru)/|/ttnn/ttnn/|/tt_memwatch\w*/"
    r"|^<|/lib/python3\.\d+/(?!site-packages|dist-packages)"
)


class RingBirth(NamedTuple):
    """Where a buffer was made: frames innermost first, as the protocol has them."""

    operation: str | None
    frames: list[dict[str, Any]]


class RingBirths:
    """Reads what was recorded since it was made."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        with self._open() as ring:
            self._first = _number(ring, _HEAD_AT, 8)
            #: Whether an allocation comes with the Python frames that led to it.
            self.has_frames = _number(ring, _DEPTH_AT, 4) > 0

    def of(self, device: int, wanted: Collection[Buffer]) -> dict[Buffer, RingBirth]:
        """The last birth of each of these buffers; none of what was overwritten, or is older."""
        with self._open() as ring:
            stacks = _stacks(ring)
            births: dict[Buffer, RingBirth] = {}
            for _, address, stack, of_device, kind, memory_type, operation in self._records(ring):
                if kind == _ALLOCATE and of_device == device:
                    buffer = MEMORY_TYPE_NUMBERS.get(memory_type, ""), address
                    if buffer in wanted:
                        births[buffer] = _birth(stacks, stack, operation)
            return births

    def _open(self) -> BinaryIO:
        """Without a buffer, which would give again what was read before."""
        return self._path.open("rb", buffering=0)

    def _records(self, ring: BinaryIO) -> Iterator[tuple[int, ...]]:
        """The records that are complete and were not overwritten meanwhile, oldest first."""
        capacity, head = _number(ring, _CAPACITY_AT, 8), _number(ring, _HEAD_AT, 8)
        first = max(self._first, head - capacity)
        while first < head:
            slot = first % capacity
            count = min(_RECORDS_AT_ONCE, head - first, capacity - slot)
            ring.seek(_HEADER_BYTES + slot * _RECORD.size)
            block = ring.read(count * _RECORD.size)
            oldest = _number(ring, _HEAD_AT, 8) - capacity
            for ticket, values in enumerate(_RECORD.iter_unpack(block), first):
                if values[0] == ticket + 1 and ticket >= oldest:
                    yield values
            first += count


def births_of_this_process() -> RingBirths | None:
    """From now on, by the tracer, which is started where it can run; None where it cannot, or records no frames."""
    try:
        import tt_memwatch_tracer

        tt_memwatch_tracer.start_for_process()
        status = tt_memwatch_tracer.status()
        births = RingBirths(status.ring) if status.state == "live" and status.ring is not None else None
    except (ImportError, OSError):
        return None
    return births if births is not None and births.has_frames else None


def _birth(stacks: Mapping[int, list[_Frame]], stack: int, operation: int) -> RingBirth:
    own = [frame for frame in stacks.get(stack, []) if not _PASSED_OVER.search(frame[0])]
    names = stacks.get(operation, [])
    frames = [{"file": file, "line": line, "function": function} for file, line, function in own]
    return RingBirth(names[0][2] if names else None, frames)


def _stacks(ring: BinaryIO) -> dict[int, list[_Frame]]:
    offset, used = _number(ring, _CAPACITY_AT + 8, 8), _number(ring, _STACKS_USED_AT, 8)
    ring.seek(offset)
    area, at = ring.read(used), 0
    stacks = {}
    while at < len(area):
        size, number, count = struct.unpack_from("<3I", area, at)
        stacks[number] = list(_frames(area, at + 12, count))
        at += size
    return stacks


def _frames(area: bytes, at: int, count: int) -> Iterator[_Frame]:
    for _ in range(count):
        line, file_bytes, name_bytes = struct.unpack_from("<IHH", area, at)
        name_at = at + 8 + file_bytes
        file, name = area[at + 8 : name_at], area[name_at : name_at + name_bytes]
        yield os.fsdecode(file), line, os.fsdecode(name)
        at = (name_at + name_bytes + 3) // 4 * 4


def _number(ring: BinaryIO, at: int, size: int) -> int:
    ring.seek(at)
    return int.from_bytes(ring.read(size), "little")

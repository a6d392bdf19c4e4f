"""What a block reads of the tracer's ring, from rings that are written here by docs/formats.md ("Ring")."""

import io
import struct

import pytest

from tt_memwatch.origins.ring_births import RingBirths

HEADER_BYTES, RECORD_BYTES, STACKS_BYTES = 4_096, 96, 4_096
ALLOCATE, FREE = 1, 2
DRAM, L1 = 0, 1


def frames(*places):
    """One stack of the stacks area, without its head."""
    found = b""
    for file, line, name in places:
        frame = struct.pack("<IHH", line, len(file), len(name)) + file.encode() + name.encode()
        found += frame + bytes(-len(frame) % 4)
    return found


class Ring:
    """A ring of this many records, in a file."""

    def __init__(self, path, capacity):
        self.path, self.capacity, self.head = path, capacity, 0
        path.write_bytes(bytes(HEADER_BYTES + capacity * RECORD_BYTES + STACKS_BYTES))
        self.put(24, struct.pack("<QQ", capacity, HEADER_BYTES + capacity * RECORD_BYTES))
        self.put(76, struct.pack("<I", 8))
        area = b""
        for number in range(1, 9):
            made = frames(("/suite/model.py", number, f"line_{number}"))
            area += struct.pack("<3I", 12 + len(made), number, 1) + made
        self.put(HEADER_BYTES + capacity * RECORD_BYTES, area)
        self.put(256, struct.pack("<Q", len(area)))

    def put(self, at, data):
        with self.path.open("r+b") as ring:
            ring.seek(at)
            ring.write(data)

    def write(self, address, line, *, device=1, kind=ALLOCATE, memory_type=DRAM, sequence=None):
        """One record. `sequence`: what it says of itself, where that is not its ticket plus one."""
        number = self.head + 1 if sequence is None else sequence
        record = struct.pack("<Q8xQ48xIiBB2xI8x", number, address, line, device, kind, memory_type, 0)
        self.put(HEADER_BYTES + self.head % self.capacity * RECORD_BYTES, record)
        self.head += 1
        self.put(128, struct.pack("<Q", self.head))


@pytest.fixture
def ring(tmp_path):
    return Ring(tmp_path / "1.1.ring", 8)


def lines(births, *addresses, device=1):
    """Address -> the line that made its buffer."""
    found = births.of(device, {("DRAM", address) for address in addresses})
    return {address: birth.frames[0]["line"] for (_, address), birth in found.items()}


def test_the_last_birth_of_each_wanted_buffer_is_told(ring):
    births = RingBirths(str(ring.path))
    for line, address in enumerate((0x10, 0x20, 0x10, 0x30), start=1):
        ring.write(address, line)
    ring.write(0x10, 5, kind=FREE)
    ring.write(0x10, 6, memory_type=L1)
    assert lines(births, 0x10, 0x20, 0x40) == {0x10: 3, 0x20: 2}


def test_what_is_older_than_the_block_is_not_its_birth(ring):
    ring.write(0x10, 1)
    births = RingBirths(str(ring.path))
    ring.write(0x20, 2)
    assert lines(births, 0x10, 0x20) == {0x20: 2}


def test_buffers_of_another_device_have_the_same_addresses(ring):
    births = RingBirths(str(ring.path))
    ring.write(0x10, 1, device=1)
    ring.write(0x10, 2, device=2)
    assert lines(births, 0x10) == {0x10: 1}
    assert lines(births, 0x10, device=2) == {0x10: 2}


@pytest.mark.parametrize("sequence", [0, 2, 3 | 1 << 63, 11])
def test_a_record_that_is_being_written_is_passed_over(ring, sequence):
    """Nothing yet, what was there before, what has begun, or what is a round ahead."""
    births = RingBirths(str(ring.path))
    ring.write(0x10, 1)
    ring.write(0x20, 2)
    ring.write(0x10, 3, sequence=sequence)
    ring.write(0x30, 4)
    assert lines(births, 0x10, 0x20, 0x30) == {0x10: 1, 0x20: 2, 0x30: 4}


@pytest.mark.parametrize("count", [7, 8, 9, 21])
def test_of_a_ring_that_went_round_the_last_records_are_told(ring, count):
    births = RingBirths(str(ring.path))
    for number in range(count):
        ring.write(number, number % 8 + 1)
    last = range(max(0, count - ring.capacity), count)
    assert lines(births, *range(count)) == {number: number % 8 + 1 for number in last}


@pytest.mark.parametrize("count", [4_095, 4_096, 4_097, 8_193])
def test_records_are_read_in_blocks(tmp_path, count):
    ring = Ring(tmp_path / "1.1.ring", 16_384)
    births = RingBirths(str(ring.path))
    ring.head = count - 1
    ring.write(0x10, 1)
    ring.write(0x20, 2)
    assert lines(births, 0x10, 0x20) == {0x10: 1, 0x20: 2}


def test_records_that_are_overwritten_while_they_are_read_are_passed_over(ring):
    """What was read of them may be half of the old record and half of the new one."""
    births = RingBirths(str(ring.path))
    for number in range(8):
        ring.write(number, 1)

    class Overtaken(io.FileIO):
        """After it was read from, three more records are there."""

        def read(self, size):
            data = super().read(size)
            if size >= RECORD_BYTES:
                for _ in range(3):
                    ring.write(0x10, 2)
            return data

    with Overtaken(ring.path) as file:
        assert [address for _, address, *_ in births._records(file)] == [3, 4, 5, 6, 7]

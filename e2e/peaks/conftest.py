"""Tests with planted peaks. After each allocation the allocator is asked what it holds: that is the truth of `all`.

Truths of `own` are written in the tests themselves, before anything measured them. Nothing here knows of tt-memwatch.
"""

import json
import os

import pytest
import ttnn

#: What a bfloat16 tile takes in a bank; a tensor of n tiles takes this for each of n / banks, rounded up.
TILE_BYTES = 2048

TYPES = {
    "DRAM": ttnn.BufferType.DRAM,
    "L1": ttnn.BufferType.L1,
    "L1_SMALL": ttnn.BufferType.L1_SMALL,
    "TRACE": ttnn.BufferType.TRACE,
}


class Peaks:
    """What a test says it has, and the most that the allocator was seen to hold."""

    def __init__(self) -> None:
        self.own: dict[str, int] = {}
        self.all: dict[str, int] = {}

    def expect(self, **own: int) -> None:
        """Bytes on each chip that the test itself has at most at once, by memory type."""
        self.own.update(own)

    def sample(self, device) -> None:
        for name, kind in TYPES.items():
            view = ttnn.get_memory_view(device, kind)
            held = view.total_bytes_allocated_per_bank * view.num_banks
            self.all[name] = max(self.all.get(name, 0), held)

    def zeros(self, device, tiles, memory_config=ttnn.DRAM_MEMORY_CONFIG):
        """A tensor of so many tiles."""
        tensor = ttnn.empty((1, 1, 32 * tiles, 32), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, memory_config)
        self.sample(device)
        return tensor


@pytest.fixture(scope="module")
def device():
    device = ttnn.open_device(device_id=0, l1_small_size=16384, trace_region_size=1048576)
    yield device
    ttnn.close_device(device)


@pytest.fixture
def peaks(request):
    peaks = Peaks()
    yield peaks
    with open(os.environ["PEAKS_TRUTH"], "a", encoding="utf-8") as file:
        file.write(json.dumps({"test": request.node.name, "own": peaks.own, "all": peaks.all}) + "\n")

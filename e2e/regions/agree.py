"""Holds what the process counts in its region against what ttnn's allocator lists, when each test has run.

A pytest plugin. It appends a line of JSON for each test with a device to the file that AGREE_FILE names: what
differs, and how much was compared. Sizes are bytes.

Both define a size differently. A region has a buffer's pages. The allocator gives each bank as many as the fullest one
needs, so it has between one page and a page in each bank more than that.
"""

import json
import os
import pathlib
import struct

import pytest
import ttnn

REGION = pathlib.Path("/dev/shm/tt_device_0_memory")
FIRST_ROW, ROW_BYTES, ROWS = 856, 120, 64
TILE_BYTES = 2048  # A page of the tensors of the examples: 32 x 32 values of bfloat16.

TYPES = {"DRAM": ttnn.BufferType.DRAM, "L1": ttnn.BufferType.L1, "L1_SMALL": ttnn.BufferType.L1_SMALL}


def counted():
    """Bytes by memory type in the row of this process; None without one."""
    region = REGION.read_bytes()
    for row in range(FIRST_ROW, FIRST_ROW + ROWS * ROW_BYTES, ROW_BYTES):
        if struct.unpack_from("<i", region, row)[0] == os.getpid():
            return dict(zip(TYPES, struct.unpack_from("<3Q", region, row + 8), strict=True))
    return None


def listed(device, memory_type):
    """The least and the most bytes that the buffers may have that the allocator lists of a memory type."""
    reports = ttnn._ttnn.reports
    if memory_type == "L1":  # ttnn lists the pages of these only.
        pages = [p for p in reports.get_buffer_pages(device) if p.buffer_type == TYPES[memory_type]]
        size = sum(p.page_size for p in pages)
        return size, size
    banks = ttnn.get_memory_view(device, TYPES[memory_type]).num_banks
    per_bank = [b.max_size_per_bank for b in reports.get_buffers(device) if b.buffer_type == TYPES[memory_type]]
    least = sum((size - TILE_BYTES) * banks + TILE_BYTES for size in per_bank)
    return least, sum(per_bank) * banks


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    try:
        return (yield)
    finally:
        device = getattr(item, "funcargs", {}).get("device")
        if device is not None:
            note(item.nodeid, device)


def note(test, device):
    region = counted() or dict.fromkeys(TYPES, 0)
    bounds = {memory_type: listed(device, memory_type) for memory_type in TYPES}
    differs = {
        memory_type: [region[memory_type], bounds[memory_type]]
        for memory_type, (least, most) in bounds.items()
        if not least <= region[memory_type] <= most
    }
    line = {"test": test, "differs": differs, "bytes": sum(region.values())}
    with open(os.environ["AGREE_FILE"], "a") as file:
        file.write(json.dumps(line) + "\n")

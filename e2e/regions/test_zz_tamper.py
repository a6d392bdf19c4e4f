"""Memory of every kind, and then a region that is made to count what nobody allocated."""

import json
import os
import pathlib
import struct
import subprocess

import ttnn

REGION = pathlib.Path("/dev/shm/tt_device_0_memory")
DRAM_OF_THE_ONLY_ROW = 856 + 8
MORE_BYTES = 4096


def cores(count):
    return ttnn.CoreRangeSet({ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(count - 1, 0))})


KEPT = []


def test_kinds(device, zeros):
    sharded = ttnn.create_sharded_memory_config(
        [1, 1, 96, 64], core_grid=ttnn.CoreGrid(y=1, x=3), strategy=ttnn.ShardStrategy.HEIGHT
    )
    KEPT.append(zeros(device, 1, 1, 64, 96, memory_config=ttnn.L1_MEMORY_CONFIG))
    KEPT.append(zeros(device, 1, 1, 96, 64, memory_config=sharded))
    KEPT.append(ttnn.create_global_semaphore(device, cores(4), 0))


def count_more(more_bytes):
    file = os.open(REGION, os.O_RDWR)
    (size,) = struct.unpack("<Q", os.pread(file, 8, DRAM_OF_THE_ONLY_ROW))
    os.pwrite(file, struct.pack("<Q", size + more_bytes), DRAM_OF_THE_ONLY_ROW)
    os.close(file)


def is_told():
    """Whether the run has said that its sources disagree."""
    top = subprocess.run([os.environ["PROGRAM"], "top", "--once", "--json"], capture_output=True, text=True, check=True)
    snapshots = [json.loads(line) for line in top.stdout.splitlines()]
    return any(cause["verdict"] == "untrusted" for snapshot in snapshots for cause in snapshot["causes"]["list"])


def test_tamper(device, zeros):
    # It has to have been seen right before; then three times with events in between.
    for _ in range(20):
        zeros(device, 1, 1, 32, 32)
        is_told()
        count_more(MORE_BYTES)
        for _ in range(8):
            zeros(device, 1, 1, 32, 32)
            if is_told():
                return
        count_more(-MORE_BYTES)
    raise AssertionError("the run said nothing")

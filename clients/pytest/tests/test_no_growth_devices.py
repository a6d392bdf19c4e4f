"""Devices of blocks and functions that may leave no memory: closed, forked, several chips; nothing of them is kept."""

import pytest

from conftest import ZEROS_BYTES
from no_growth_script import ONE, printed


def test_a_device_is_neither_kept_nor_asked_when_it_is_closed(suite):
    said = printed(
        suite,
        """
def closes():
    with tt_memwatch.no_growth(device):
        ttnn.close_device(device)

print(">", error_of(closes))
print(">", error_of(closes))

other = ttnn.open_device(device_id=0)
count = sys.getrefcount(other)
block = tt_memwatch.no_growth(other)
watched = tt_memwatch.no_growth(other)(zeros)
failed = error_of(leak, other).with_traceback(None)
KEPT.clear()  # a tensor keeps its device
with tt_memwatch.no_growth(other):
    print(">", sys.getrefcount(other) - count)

block = tt_memwatch.no_growth(other)
def lets_go():
    global other
    with block:
        KEPT.clear()
        del other
print(">", error_of(lets_go))
""",
    )
    closed = "is closed: its memory can only be asked while it is open"
    assert said == [f" device 0 {closed}", f" the device {closed}", " 0", f" device 0 {closed}"]


def test_a_device_of_the_parent_is_not_asked_in_a_forked_child(suite):
    said = printed(
        suite,
        """
import os
child = os.fork()
if child == 0:
    print(">", error_of(leak, device), flush=True)
    print(">", error_of(tt_memwatch.snapshot, device), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(">", type(error_of(leak, device)).__name__)
""",
    )
    refused = " the device was opened before this process was forked: open it here"
    assert said == [refused, refused, " MemoryGrowth"]


def test_without_the_native_part_only_a_block_keeps_its_device(suite, monkeypatch):
    monkeypatch.setenv("TT_MEMWATCH_TRACER_LIBRARY", "/nowhere")
    said = printed(
        suite,
        """
print(">", type(error_of(leak, device)).__name__)
print(">", type(error_of(tt_memwatch.no_growth()(leak), device)).__name__)
print(">", error_of(tt_memwatch.no_growth(device), leak))
""",
    )
    assert said == [
        " MemoryGrowth",
        " MemoryGrowth",
        " tt_memwatch.no_growth would keep its device: the native part is missing; let the function have the device as "
        "an argument, and leave it out here",
    ]


@pytest.mark.usefixtures("two_chips")
def test_a_mesh_has_its_memory_on_each_chip(suite):
    said = printed(
        suite,
        """
ttnn.close_device(device)
mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 2))
print(">", str(error_of(leak, mesh)).splitlines()[1].rpartition("   ")[0].strip())
part = mesh.create_submeshes(ttnn.MeshShape(1, 1))[1]
print(">", str(error_of(leak, part)).splitlines()[0])

@tt_memwatch.no_growth()
def load(*devices):
    KEPT.append(zeros(part))

@tt_memwatch.no_growth([part, mesh, mesh])
def load_its_own():
    KEPT.append(zeros(part))

for call in [lambda: load(part, [part]), lambda: load(mesh, part), load_its_own]:
    error = error_of(call)
    print(">", error.excess, len([line for line in str(error).splitlines() if line.startswith("  +")]))

KEPT.clear()
def closes():
    with tt_memwatch.no_growth(mesh):
        ttnn.close_mesh_device(mesh)
print(">", error_of(closes))
""",
    )
    assert said == [
        f" +{ONE} DRAM   devices 0-1 (each)",
        f" the block left {ONE} DRAM on device 1, which stayed after garbage collection",
        *3 * [f" {{(1, 'DRAM'): {ZEROS_BYTES}}} 1"],
        " the mesh of 2 devices is closed: its memory can only be asked while it is open",
    ]


def test_tensors_of_a_block_are_not_kept(suite):
    said = printed(
        suite,
        """
error = error_of(leak, device)
before = tt_memwatch.snapshot(device)["DRAM"].blocks
KEPT.clear()
print(">", before, tt_memwatch.snapshot(device)["DRAM"].blocks)
""",
    )
    assert said == [" 1 0"]

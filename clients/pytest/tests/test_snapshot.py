"""What a device holds at one instant, in scripts and notebooks, on real ttnn."""

import re

import pytest

from conftest import ZEROS_BYTES

PRELUDE = """
import dataclasses, pickle, sys
import ttnn
import tt_memwatch

device = ttnn.open_device(device_id=0, l1_small_size=16384)
before = tt_memwatch.snapshot(device)

def zeros(device):
    return ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
"""


def printed(suite, text):
    """What a script prints, line by line, without what ttnn logs."""
    result = suite.script(PRELUDE + text)
    assert result.ret == 0, result.stderr.str()
    return [line[2:] for line in result.outlines if line.startswith("> ")]


def test_a_snapshot_has_the_allocators_figures(suite):
    said = printed(
        suite,
        """
kept = zeros(device)
now = tt_memwatch.snapshot(device)
view = ttnn.get_memory_view(device, ttnn.BufferType.DRAM)
use = now["DRAM"]
print(">", use.held_bytes == view.total_bytes_allocated_per_bank * view.num_banks, use.held_bytes, use.blocks)
print(">", use.largest_free_bytes_per_bank == view.largest_contiguous_bytes_free_per_bank)
print(">", [use.memory_type for use in now.memory], now.chips, now.device == device.id())
""",
    )
    assert said == [
        f"True {ZEROS_BYTES} 1",
        "True",
        "['DRAM', 'L1', 'L1_SMALL', 'TRACE'] (0,) True",
    ]


def test_a_difference_shows_what_changed(suite):
    said = printed(
        suite,
        """
kept = zeros(device)
now = tt_memwatch.snapshot(device)
grown, shrunk = now - before, before - now
for line in [*str(now).splitlines(), *str(grown).splitlines(), *str(shrunk).splitlines(), str(now - now)]:
    print(">", line)
print(">", bool(grown), bool(now - now), grown["DRAM"].held_bytes, shrunk["DRAM"].blocks, grown == now - before)
""",
    )
    text = re.sub(r" +", " ", "\n".join(said)).splitlines()
    assert text[0] == "device 0, 0 entries in the program cache"
    assert text[1] == " memory held blocks largest free"
    assert re.fullmatch(r" DRAM 24\.0 KB 1 \d+\.\d [MG]B per bank", text[2])
    assert text[4] == " L1_SMALL 0 B 0 16.0 KB per bank"
    changes = text[6:]
    grown = re.fullmatch(r" DRAM \+24\.0 KB \+1 -(\d+\.\d KB) per bank", changes[2])
    assert changes[:2] == ["device 0", " memory held blocks largest free"] and grown
    assert changes[3:7] == ["device 0", " memory held blocks largest free", changes[5], "device 0: no change"]
    assert changes[5] == f" DRAM -24.0 KB -1 +{grown[1]} per bank"
    assert changes[7] == f"True False {ZEROS_BYTES} -1 True"


def test_a_notebook_shows_tables(suite):
    said = printed(
        suite,
        """
print(">", before._repr_html_())
print(">", (before - before)._repr_html_())
""",
    )
    assert said[0].startswith("<table><caption>device 0, 0 entries in the program cache</caption><thead><tr><th>memory")
    assert said[0].count("<tr>") == 5
    assert said[1] == "<p>device 0: no change</p>"


def test_a_snapshot_is_only_figures(suite):
    said = printed(
        suite,
        """
count = sys.getrefcount(device)
again = tt_memwatch.snapshot(device)
print(">", sys.getrefcount(device) - count, pickle.loads(pickle.dumps(again)) == again == before, hash(again) != 0)
try:
    again.chips = ()
except dataclasses.FrozenInstanceError:
    print(">", "immutable")
print(">", sorted({"pytest", "_pytest"} & set(sys.modules)))
""",
    )
    assert said == ["0 True True", "immutable", "[]"]


def test_a_wrong_use_says_what_is_right(suite):
    said = printed(
        suite,
        """
def compare_openings():
    global device
    ttnn.close_device(device)
    device = ttnn.open_device(device_id=0)
    return tt_memwatch.snapshot(device) - before

first = device
for wrong in [
    lambda: tt_memwatch.snapshot("device 0"),
    lambda: before["SRAM"],
    lambda: before - 1,
    compare_openings,
    lambda: tt_memwatch.snapshot(first),
    lambda: tt_memwatch.nothing,
]:
    try:
        wrong()
    except Exception as error:
        print(">", type(error).__name__, error)
""",
    )
    assert said == [
        "TypeError tt_memwatch.snapshot got 'str'; wanted an open ttnn device",
        "KeyError \"'SRAM' is not a memory type; wanted one of DRAM, L1, L1_SMALL, TRACE\"",
        "TypeError unsupported operand type(s) for -: 'Snapshot' and 'int'",
        "ValueError these snapshots are of different devices (ids 3 and 1); "
        "each opening of a device has an id of its own",
        "RuntimeError the device is closed: its memory can only be asked while it is open",
        "AttributeError module 'tt_memwatch' has no attribute 'nothing'",
    ]


@pytest.mark.usefixtures("two_chips")
def test_a_mesh_counts_its_sub_meshes(suite):
    said = printed(
        suite,
        """
ttnn.close_device(device)
mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 2))
before = tt_memwatch.snapshot(mesh)
part = mesh.create_submeshes(ttnn.MeshShape(1, 1))[1]
kept = zeros(part)
print(">", str(tt_memwatch.snapshot(mesh) - before).splitlines()[0], tt_memwatch.snapshot(mesh)["DRAM"].held_bytes)
print(">", str(tt_memwatch.snapshot(part)).splitlines()[0])
del kept
ttnn.close_mesh_device(part)
print(">", len(mesh.get_submeshes()), tt_memwatch.snapshot(mesh)["DRAM"].held_bytes)
""",
    )
    assert said == [
        f"devices 0-1 (each) {ZEROS_BYTES}",
        "device 1, 0 entries in the program cache",
        "2 0",
    ]

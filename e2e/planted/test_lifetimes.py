"""Memory that outlives its test and not the run: caches that fill once, roll on, or are emptied later."""

import pytest
import ttnn
from tensors import dram, l1

CACHE = {}
ROLLING = []


def rope_table(device):
    if "rope" not in CACHE:
        CACHE["rope"] = dram(device, 1)
    return CACHE["rope"]


def test_fills_a_table(module_device):
    assert rope_table(module_device).is_allocated()


def test_uses_the_table(module_device):
    assert ttnn.add(rope_table(module_device), 1.0).is_allocated()


def test_leaves_for_the_next(module_device):
    CACHE["next"] = dram(module_device, 2)


def test_frees_what_the_last_left(module_device):
    CACHE.pop("next").deallocate()


def test_leaves_for_a_later_one(module_device):
    CACHE["later"] = dram(module_device, 3)


def test_between(module_device):
    assert dram(module_device, 30).is_allocated()


def test_drops_what_an_earlier_left(module_device):
    del CACHE["later"]


@pytest.mark.parametrize("step", range(4))
def test_rolling_cache(module_device, step):
    """The new one is made before the old one is dropped."""
    ROLLING.append(dram(module_device, 4))
    del ROLLING[:-1]


@pytest.mark.parametrize("step", range(3))
def test_reused_cache(module_device, step):
    """The old one is dropped first, so that the new one takes its place."""
    CACHE.pop("reused", None)
    CACHE["reused"] = dram(module_device, 5)


def test_frees_all(module_device):
    CACHE.clear()


def test_punches_holes(module_device):
    """Everything it needs is freed; what it moved is now in the middle of the largest free block."""
    CACHE["first"] = l1(module_device, 1)


def test_fragments(module_device):
    above = l1(module_device, 200)
    moved = l1(module_device, 1)
    CACHE["first"].deallocate()
    CACHE["first"] = moved
    above.deallocate()


def test_after_fragments(module_device):
    assert dram(module_device, 1).is_allocated()


def test_restores(module_device):
    CACHE["first"].deallocate()

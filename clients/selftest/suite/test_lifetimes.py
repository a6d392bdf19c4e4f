"""Memory that outlives its test and not the run."""

import pytest

CACHE = {}
ROLLING = []


def test_leaves_for_a_later_one(dram):
    CACHE["later"] = dram(10)  # planted: late free


def test_between(dram):
    assert dram(10).is_allocated()


def test_frees_what_an_earlier_left():
    CACHE.pop("later").deallocate()


@pytest.mark.parametrize("step", range(3))
def test_rolling_value(dram, step):
    """The new one is made before the old one is dropped."""
    ROLLING.append(dram(11))  # planted: rolling value
    del ROLLING[:-1]


def test_drops_the_last(device):
    assert device is not None
    ROLLING.clear()

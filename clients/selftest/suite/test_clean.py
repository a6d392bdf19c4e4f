"""Memory that its test gives back."""

import ttnn


def test_clean(dram, l1):
    assert dram(14).is_allocated() and l1(1).is_allocated()


def test_deallocated(dram):
    weight = dram(15)
    ttnn.deallocate(weight)
    assert not weight.is_allocated()


def test_garbage_cycle(dram):
    """It goes with the garbage collection."""
    node = {"weights": dram(16)}
    node["self"] = node


def test_without_a_device():
    assert 1 + 1 == 2

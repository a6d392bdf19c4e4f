"""A suite that leaves nothing behind: no finding."""

import pytest
import ttnn


@pytest.mark.parametrize("operation", [ttnn.add, ttnn.multiply, ttnn.subtract], ids=["add", "multiply", "subtract"])
def test_binary(device, zeros, operation):
    a, b = zeros(device, 1, 1, 64, 64), zeros(device, 1, 1, 64, 64)
    assert operation(a, b).shape == a.shape


def test_garbage_cycle(device, zeros):
    """Memory in a reference cycle goes with garbage collection: not a leak."""
    node = {"weights": zeros(device, 1, 1, 128, 128)}
    node["self"] = node


def test_deallocated(device, zeros):
    activations = zeros(device, 1, 1, 256, 256, memory_config=ttnn.L1_MEMORY_CONFIG)
    ttnn.deallocate(activations)
    assert not activations.is_allocated()


def test_without_a_device():
    assert 1 + 1 == 2

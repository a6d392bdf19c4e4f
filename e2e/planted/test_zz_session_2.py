"""The next module on the same device: it finds what the first one left, and is not blamed."""

import pytest
from tensors import dram


def test_clean(session_device):
    assert dram(session_device, 3).is_allocated()


@pytest.fixture(scope="module")
def weights(session_device):
    return dram(session_device, 7)


def test_weights(weights):
    assert weights.is_allocated()


def test_fails(session_device):
    weight = dram(session_device, 8)
    assert weight is None, "wrong on purpose"


def test_last_of_all(session_device):
    assert dram(session_device, 8).is_allocated()

"""Devices that tests open and close themselves."""

import pytest
import ttnn
from tensors import dram

KEPT = []


@pytest.fixture
def closable_device():
    """A fixture that leaves closing to whoever comes first."""
    dev = ttnn.open_device(device_id=0)
    state = {"open": True}

    def close():
        if state["open"]:
            state["open"] = False
            ttnn.close_device(dev)

    yield dev, close
    close()


def test_opens_its_own():
    dev = ttnn.open_device(device_id=0)
    assert dram(dev, 1).is_allocated()
    ttnn.close_device(dev)


def test_opens_another_chip():
    dev = ttnn.open_device(device_id=1)
    assert dram(dev, 1).is_allocated()
    ttnn.close_device(dev)


def test_closes_early(closable_device):
    dev, close = closable_device
    assert dram(dev, 1).is_allocated()
    close()


def test_does_not_close(closable_device):
    KEPT.append(dram(closable_device[0], 2))


def test_pair(device_pair):
    assert [dram(dev, 1).is_allocated() for dev in device_pair] == [True, True]


def test_pair_second(device_pair):
    KEPT.append(dram(device_pair[1], 3))


def test_pair_both(device_pair):
    KEPT.append([dram(dev, 4) for dev in device_pair])


def test_opens_with_manage():
    with ttnn.manage_device(device_id=0) as dev:
        assert dram(dev, 1).is_allocated()


def test_after_all(device):
    assert dram(device, 1).is_allocated()

"""setup_module, setup_function and their teardowns; the device is the module's, opened by hand."""

import ttnn
from tensors import dram

DEVICE = None
SCRATCH = {}


def setup_module():
    global DEVICE
    DEVICE = ttnn.open_device(device_id=0)


def teardown_module():
    SCRATCH.clear()
    ttnn.close_device(DEVICE)


def setup_function():
    SCRATCH["weight"] = dram(DEVICE, 1)


def teardown_function():
    SCRATCH.clear()


def test_uses_scratch():
    assert SCRATCH["weight"].is_allocated()


def test_uses_scratch_again():
    assert SCRATCH["weight"].is_allocated()

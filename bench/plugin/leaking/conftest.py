"""One device for the suite, and a tensor to leave behind."""

import pytest
import ttnn


@pytest.fixture(scope="session")
def device():
    dev = ttnn.open_device(device_id=0, l1_small_size=16384)
    yield dev
    ttnn.close_device(dev)


@pytest.fixture
def make(device):
    def make(rows=32):
        return ttnn.zeros((1, 1, rows, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

    return make

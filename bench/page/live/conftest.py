"""One device that holds BENCH_LIVE buffers."""

import os

import pytest
import ttnn

SHAPE = ttnn.Shape([1, 1, 32, 32])


@pytest.fixture(scope="session")
def make():
    device = ttnn.open_device(device_id=0)

    def make():
        return ttnn.allocate_tensor_on_device(SHAPE, ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.DRAM_MEMORY_CONFIG)

    held = [make() for _ in range(int(os.environ["BENCH_LIVE"]))]
    yield make
    held.clear()
    ttnn.close_device(device)

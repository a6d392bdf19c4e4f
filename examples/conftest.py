"""A device that the whole suite shares, as ttnn suites do for speed. Nothing here knows of tt-memwatch."""

import pytest
import ttnn

L1_SMALL_BYTES = 16384


@pytest.fixture(scope="session")
def device():
    """One device for the whole suite: what a test leaves, the next one finds."""
    dev = ttnn.open_device(device_id=0, l1_small_size=L1_SMALL_BYTES)
    yield dev
    ttnn.close_device(dev)


@pytest.fixture
def zeros():
    """Makes a bfloat16 tensor of zeros, tiled."""

    def make(device, *shape, memory_config=ttnn.DRAM_MEMORY_CONFIG):
        return ttnn.zeros(
            shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory_config
        )

    return make

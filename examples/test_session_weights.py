"""A wider fixture loads weights once and keeps them for its tests: retained, and freed with the fixture."""

import pytest
import ttnn


@pytest.fixture(scope="session")
def weights(device):
    return ttnn.zeros((1, 1, 512, 512), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


def test_uses_the_weights(weights):
    assert weights.is_allocated()


def test_uses_them_again(weights):
    assert weights.is_allocated()

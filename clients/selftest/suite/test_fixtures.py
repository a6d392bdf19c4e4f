"""Values of fixtures: a wider one keeps its value for its tests, and a test's own goes with the test."""

import pytest
import ttnn

KEPT = []


@pytest.fixture(scope="module")
def weights(device):
    tiles = 12 * ttnn.get_memory_view(device, ttnn.BufferType.DRAM).num_banks
    shape = (1, 1, 32 * tiles, 32)
    return ttnn.empty(shape, ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.DRAM_MEMORY_CONFIG)  # planted: weights


@pytest.fixture
def activations(dram):
    return dram(13)  # planted: fixture's value


def test_uses_weights(weights):
    assert weights.is_allocated()


def test_uses_them_again(weights):
    assert weights.is_allocated()


def test_own_fixture(activations):
    assert activations.is_allocated()


def test_keeps_a_fixtures_value(activations):
    KEPT.append(activations)

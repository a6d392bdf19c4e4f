import os

import pytest
import ttnn


@pytest.mark.parametrize("n", range(int(os.environ["BENCH_TESTS"])))
def test_leaves_nothing(device, n):
    """Allocates, computes, and leaves nothing behind."""
    a = ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    if os.environ.get("BENCH_OPERATION"):
        assert ttnn.add(a, a).shape == a.shape

"""Every test adds the same to a cache that nobody empties: a leak, in each of them."""

import pytest

_KV_CACHE = {}


@pytest.mark.parametrize("step", range(4))
def test_decode(device, zeros, step):
    _KV_CACHE[step] = zeros(device, 1, 1, 64, 64), zeros(device, 1, 1, 64, 64)
    assert len(_KV_CACHE) > 0

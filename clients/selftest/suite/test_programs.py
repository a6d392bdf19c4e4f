"""What operations keep while their programs are cached."""

import ttnn


def zeros(device, *shape):
    return ttnn.zeros(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


def test_program_cache(device, kept):
    """`reshape` keeps a mapping in DRAM; what the others keep differs between boards."""
    values = zeros(device, 1, 1, 64, 96)
    turned = ttnn.reshape(values, (1, 1, 96, 64))  # planted: program cache
    total = ttnn.sum(turned)
    del values, turned, total
    kept("program cache")


def test_operations(device):
    a, b = zeros(device, 1, 1, 64, 64), zeros(device, 1, 1, 64, 64)
    for operation in (ttnn.add, ttnn.multiply, ttnn.subtract):
        assert operation(a, b).shape == a.shape

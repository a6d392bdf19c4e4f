"""Tensors of known size: a bfloat16 tile is one page of 2,048 B, and pages go round the banks."""

import ttnn

DRAM_BANKS = 12
L1_BANKS = 64


def dram(device, pages):
    """`pages` pages in each of the 12 banks of DRAM: pages x 24,576 B."""
    return _zeros(device, DRAM_BANKS * pages, ttnn.DRAM_MEMORY_CONFIG)


def l1(device, pages):
    """`pages` pages in each of the 64 banks of L1: pages x 131,072 B."""
    return _zeros(device, L1_BANKS * pages, ttnn.L1_MEMORY_CONFIG)


def _zeros(device, tiles, memory_config):
    return ttnn.zeros(
        (1, 1, 32 * tiles, 32),
        dtype=ttnn.bfloat16,
        layout=ttnn.TILE_LAYOUT,
        device=device,
        memory_config=memory_config,
    )

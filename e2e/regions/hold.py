"""A program that knows nothing of tt-memwatch, with a tensor until it is killed."""

import sys

import ttnn

device = ttnn.open_device(device_id=0)
tensor = ttnn.zeros((1, 1, 128, 128), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
print("HOLDS", flush=True)
sys.stdin.read()

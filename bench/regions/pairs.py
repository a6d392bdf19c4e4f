"""Allocates and frees a tensor over and over, and says what a pair cost in CPU time, a round for each line of input."""

import sys
import time

import ttnn

PAIRS = 300

device = ttnn.open_device(device_id=0)
kept = ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
print("up", flush=True)
for _ in sys.stdin:
    began = time.process_time_ns()
    for _ in range(PAIRS):
        ttnn.empty((1, 1, 32, 32), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.DRAM_MEMORY_CONFIG)
    print((time.process_time_ns() - began) / PAIRS / 1_000, flush=True)
ttnn.close_device(device)

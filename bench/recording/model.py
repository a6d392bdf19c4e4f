"""Some layers of a model again and again: what a tracer records of real operations. Usage: model.py ROUNDS"""

import sys

import ttnn

SHAPE = (1, 1, 64, 64)

device = ttnn.open_device(device_id=0)


def make() -> "ttnn.Tensor":
    return ttnn.zeros(SHAPE, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


hidden, weights = make(), make()
for _ in range(int(sys.argv[1])):
    summed = ttnn.multiply(ttnn.add(hidden, weights), hidden)
    scores = ttnn.matmul(ttnn.softmax(summed, dim=-1), weights)
    hidden = ttnn.reshape(ttnn.permute(ttnn.reshape(scores, (1, 64, 1, 64)), (0, 2, 1, 3)), SHAPE)
ttnn.close_device(device)

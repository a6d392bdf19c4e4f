"""One device, and a process with as many objects as BENCH_OBJECTS says."""

import gc
import os

import pytest
import ttnn

OBJECTS = int(os.environ["BENCH_OBJECTS"])


class Part:
    """About what a library of models is made of: an object, its dicts and lists, and a function."""

    def __init__(self, number):
        self.name, self.parts, self.options = f"part {number}", [number], {"itself": self}
        self.act = lambda default=self: default


PARTS = []
while len(gc.get_objects()) < OBJECTS:
    PARTS += [Part(number) for number in range(2_000)]


@pytest.fixture(scope="session")
def device():
    dev = ttnn.open_device(device_id=0, l1_small_size=16384)
    yield dev
    ttnn.close_device(dev)


@pytest.fixture
def make(device):
    def make(rows=32):
        return ttnn.zeros((1, 1, rows, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

    return make

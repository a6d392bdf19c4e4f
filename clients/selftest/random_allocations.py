"""Does what programs do to device memory, at random, and writes down what ttnn itself lists after every few steps.

random_allocations.py FILE SEED COMPARISONS     in a process that is traced

The first line of JSON is about the tracer. Then one for each comparison, whose number is a mark among the tracer's
records: how many bytes of each bank the allocator counts, and each buffer it lists. The last line says what was done.
"""

import gc
import importlib.metadata
import json
import random
import sys

import tt_memwatch_tracer
import ttnn

TYPES = ("DRAM", "L1", "L1_SMALL", "TRACE")

#: Cores that a sharded tensor is spread over.
SHARDS = 4

#: Steps from one comparison to the next, at most.
STEPS_MAX = 4

#: Tensors that are live at the same time, about.
LIVE = 40


class Program:
    """The tensors it holds, and what it did."""

    def __init__(self, seed, file):
        self.random = random.Random(seed)
        self.file = file
        self.pool = []
        self.comparisons = self.out_of_memory = 0

    def run(self, comparisons):
        device = self.open()
        while self.comparisons < comparisons:
            for _ in range(self.random.randint(1, STEPS_MAX)):
                self.step(device)
            self.compare(device)
        self.close(device)
        again = self.open()
        self.allocate(again)
        self.compare(again)
        self.close(again)

    def open(self):
        return ttnn.open_mesh_device(ttnn.MeshShape(1, 1))

    def close(self, device):
        """With tensors in it: closing the device frees all of it."""
        ttnn.close_mesh_device(device)
        self.write({}, [])
        self.pool.clear()

    def step(self, device):
        choice = self.random.random()
        if (choice < 0.4 and len(self.pool) < LIVE) or not self.pool:
            self.allocate(device)
        elif choice < 0.5:
            tensor = self.random.choice(self.pool)
            if tensor.layout == ttnn.TILE_LAYOUT:
                self.pool.append(ttnn.add(tensor, tensor))
        elif choice < 0.75:
            ttnn.deallocate(self.pool.pop(self.random.randrange(len(self.pool))))
        elif choice < 0.96:
            self.pool.pop(self.random.randrange(len(self.pool)))
        elif choice < 0.97:
            device.disable_and_clear_program_cache()
            device.enable_program_cache()
        elif choice < 0.98:
            self.run_out(device)
        else:
            self.pool.clear()
            gc.collect()

    def allocate(self, device):
        height, width = 32 * self.random.randint(1, 16), 32 * self.random.randint(1, 16)
        config = self.random.choice([ttnn.DRAM_MEMORY_CONFIG, ttnn.L1_MEMORY_CONFIG])
        if self.random.random() < 0.1:
            height *= SHARDS
            config = sharded(height, width)
        dtype = self.random.choice([ttnn.bfloat16, ttnn.float32])
        self.pool.append(ttnn.empty((1, 1, height, width), dtype, ttnn.TILE_LAYOUT, device, config))

    def run_out(self, device):
        try:
            ttnn.empty((1, 1, 32768, 32768), ttnn.float32, ttnn.TILE_LAYOUT, device, ttnn.L1_MEMORY_CONFIG)
        except RuntimeError:
            self.out_of_memory += 1

    def compare(self, device):
        views = {name: ttnn.get_memory_view(device, getattr(ttnn.BufferType, name)) for name in TYPES}
        totals = {name: view.total_bytes_allocated_per_bank for name, view in views.items()}
        buffers = ttnn._ttnn.reports.get_buffers(device)
        self.write(totals, [(b.buffer_type.name, b.address, b.max_size_per_bank) for b in buffers])

    def write(self, totals, buffers):
        self.comparisons += 1
        tt_memwatch_tracer.mark(self.comparisons)
        self.say({"mark": self.comparisons, "bytesPerBank": totals, "buffers": buffers})

    def say(self, line):
        self.file.write(f"{json.dumps(line)}\n")
        self.file.flush()


def sharded(height, width):
    grid = ttnn.CoreGrid(y=1, x=SHARDS)
    return ttnn.create_sharded_memory_config((1, 1, height, width), core_grid=grid, strategy=ttnn.ShardStrategy.HEIGHT)


def main():
    path, seed, comparisons = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with open(path, "w", encoding="utf-8") as file:
        program = Program(seed, file)
        is_listed = importlib.metadata.version("ttnn") in tt_memwatch_tracer.TESTED_VERSIONS
        program.say({"tracer": tt_memwatch_tracer.__version__, "isListed": is_listed})
        status = tt_memwatch_tracer.status()
        if status.state != "live":
            raise SystemExit(f"the tracer does not start: {status.reason}")
        program.run(comparisons)
        taken_over = tt_memwatch_tracer.check()
        program.say({"outOfMemory": program.out_of_memory, "takenOver": taken_over})


main()

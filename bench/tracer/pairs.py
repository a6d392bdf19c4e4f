"""What tracing adds to allocating and freeing one tensor: arms interleaved in one process, medians over all pairs.

  tt-memwatch mock -- python bench/tracer/pairs.py [--pairs 21000] [--json]

The reference is the same pair with nothing installed, in the same run.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CLONE = Path(__file__).parents[2]
sys.path.insert(0, str(CLONE / "clients/native/python"))
os.environ.setdefault("TT_MEMWATCH_TRACER_LIBRARY", str(CLONE / "build/native/libtt_memwatch_tracer.so"))

import tt_memwatch_tracer  # noqa: E402
from tt_memwatch_tracer.library import Library  # noqa: E402

#: Pairs measured before the next arm has its turn.
BLOCK = 500
WARM_UP = 2000
LIVE_BUFFERS = 50
#: Goals in ns a pair, by arm.
GOALS = {"tracing": 120, "with 8 frames": 500}


def nested(function: Callable[[], list[int]], depth: int) -> list[int]:
    """Call with `depth` more Python frames on the stack."""
    return function() if depth == 0 else nested(function, depth - 1)


def measure(pairs: int) -> dict[str, list[int]]:
    import ttnn

    device = ttnn.open_device(device_id=0)
    shape = ttnn.Shape([1, 1, 64, 64])

    def make() -> ttnn.Tensor:
        return ttnn.allocate_tensor_on_device(shape, ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.DRAM_MEMORY_CONFIG)

    held = [make() for _ in range(LIVE_BUFFERS)]
    clock = time.perf_counter_ns

    def block(count: int = BLOCK) -> list[int]:
        taken = []
        for _ in range(count):
            before = clock()
            ttnn.deallocate(make())
            taken.append(clock() - before)
        return taken

    library = Library()
    arms: dict[str, tuple[Callable[[], object], int]] = {
        "nothing installed": (lambda: library.uninstall(), 0),
        "installed, paused": (lambda: (library.install(), library.enable(0), library.stacks(0)), 0),
        "tracing": (lambda: (library.install(), library.enable(1), library.stacks(0)), 0),
        "with 8 frames": (lambda: (library.install(), library.enable(1), library.stacks(8)), 10),
        "with 16 frames": (lambda: (library.install(), library.enable(1), library.stacks(16)), 20),
    }
    block(WARM_UP)
    taken: dict[str, list[int]] = {name: [] for name in arms}
    for _ in range((pairs + BLOCK - 1) // BLOCK):
        for name, (prepare, depth) in arms.items():
            prepare()
            taken[name] += nested(block, depth)
    library.uninstall()
    for tensor in held:
        ttnn.deallocate(tensor)
    ttnn.close_device(device)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=21_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        tt_memwatch_tracer.start(folder, force=True)
        taken = measure(options.pairs)
        version = tt_memwatch_tracer.tracer._ttnn_version()
    medians = {name: statistics.median(times) for name, times in taken.items()}
    reference = medians["nothing installed"]
    if options.json:
        print(json.dumps({"ttnn": version, "python": platform.python_version(), "pairs": options.pairs, "ns": medians}))
        return
    print(f"ttnn {version}, Python {platform.python_version()}, {options.pairs} pairs an arm\n")
    print("| | median, ns | more, ns | of the pair | goal |\n|---|---:|---:|---:|---:|")
    for name, median in medians.items():
        goal = f"<= {GOALS[name]} ns" if name in GOALS else ""
        print(f"| {name} | {median:.0f} | {median - reference:+.0f} | {median / reference:.2f} | {goal} |")


# Frames are recorded by code that looks them up by name: a stripped interpreter would measure nothing.
assert hasattr(ctypes.pythonapi, "PyFrame_GetBack")
main()

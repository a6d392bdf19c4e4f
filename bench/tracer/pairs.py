"""What tracing adds to allocating and freeing one tensor: arms interleaved in one process, medians over all pairs.

  tt-memwatch mock -- python bench/tracer/pairs.py [--pairs 21000]

The reference is the same pair with nothing installed, in the same run. Leaves its rows for the table of goals.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CLONE = Path(__file__).parents[2]
sys.path[:0] = [str(CLONE / "clients/native/python"), str(CLONE / "bench/goals")]
os.environ.setdefault("TT_MEMWATCH_TRACER_LIBRARY", str(CLONE / "build/native/libtt_memwatch_tracer.so"))

import tt_memwatch_tracer  # noqa: E402
from figures import Figure, write_figures  # noqa: E402
from tt_memwatch_tracer.library import Library  # noqa: E402
from tt_memwatch_tracer.operations import Operations  # noqa: E402

#: Pairs measured before the next arm has its turn.
BLOCK = 500
WARM_UP = 2000
LIVE_BUFFERS = 50
#: Goals in percent of the pair alone, by arm.
GOALS = {"tracing": 2.5, "with 8 frames": 8.0}
#: What the time is taken by.
NOTES = {
    "tracing": "two records, each with the clock and what is asked of the buffer, and the names of two operations",
    "with 8 frames": "the same, and a walk along the frames at each allocation and each release of the GIL",
}
#: What was measured while code in Python named the operations, by the same and Python's version.
BEFORE = {
    ("tracing", "3.10"): "75 to 78 %",
    ("tracing", "3.12"): "45 to 48 %",
    ("with 8 frames", "3.10"): "77 to 80 %",
    ("with 8 frames", "3.12"): "43 to 49 %",
}


def nested(function: Callable[[], list[int]], depth: int) -> list[int]:
    """Call with `depth` more Python frames on the stack."""
    return function() if depth == 0 else nested(function, depth - 1)


def measure(pairs: int) -> dict[str, list[int]]:
    import ttnn

    # With ttnn the tracer has begun, and what it has put in place would be part of the reference.
    tt_memwatch_tracer.tracer._operations.restore()
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
    operations = Operations()

    def trace(is_on: int, frames: int) -> None:
        operations.follow(library)
        library.install()
        library.enable(is_on)
        library.stacks(frames)

    def end() -> None:
        operations.restore()
        library.uninstall()

    arms: dict[str, tuple[Callable[[], object], int]] = {
        "nothing installed": (end, 0),
        "operations alone": (lambda: (end(), operations.follow(library)), 0),
        "installed, paused": (lambda: trace(0, 0), 0),
        "tracing": (lambda: trace(1, 0), 0),
        "with 8 frames": (lambda: trace(1, 8), 10),
        "with 16 frames": (lambda: trace(1, 16), 20),
        "with 8 as objects": (lambda: (trace(1, 8), library.stacks_use_objects()), 10),
    }
    block(WARM_UP)
    taken: dict[str, list[int]] = {name: [] for name in arms}
    for _ in range((pairs + BLOCK - 1) // BLOCK):
        for name, (prepare, depth) in arms.items():
            prepare()
            taken[name] += nested(block, depth)
    end()
    for tensor in held:
        ttnn.deallocate(tensor)
    ttnn.close_device(device)
    return taken


def figures_of(medians: dict[str, float]) -> list[Figure]:
    python = ".".join(platform.python_version_tuple()[:2])
    figures = []
    for arm, goal in GOALS.items():
        percent = (medians[arm] / medians["nothing installed"] - 1) * 100
        name = f"an allocation and its free, {arm}, Python {python}: over the pair alone"
        figures.append(Figure(6, name, medians, percent, goal, " %", BEFORE.get((arm, python)), NOTES[arm]))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=21_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        tt_memwatch_tracer.start(folder, force=True)
        taken = measure(options.pairs)
        version = tt_memwatch_tracer.tracer._ttnn_version() or "unknown"
    medians = {name: statistics.median(times) for name, times in taken.items()}
    write_figures(f"tracer-{version}", figures_of(medians), {"ttnn": version})
    reference = medians["nothing installed"]
    print(f"ttnn {version}, Python {platform.python_version()}, {options.pairs} pairs an arm\n")
    print("| | median, ns | more, ns | of the pair | goal |\n|---|---:|---:|---:|---:|")
    for name, median in medians.items():
        goal = f"<= {GOALS[name]} %" if name in GOALS else ""
        more = median - reference
        print(f"| {name} | {median:.0f} | {more:+.0f} | {more / reference * 100:+.1f} % | {goal} |")


# Frames are recorded by code that looks them up by name: a stripped interpreter would measure nothing.
assert hasattr(ctypes.pythonapi, "PyFrame_GetBack")
main()

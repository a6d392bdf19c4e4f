"""What noting where each tensor comes from adds to an operation, where no tracer runs: natively, and in Python.

Arms take turns.

  tt-memwatch mock -- python bench/plugin/wrapping.py [--rounds 40]

The operation is `ttnn.add`, with three frames of Python above it. Leaves its row for the table of goals.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

CLONE = Path(__file__).parents[2]
sys.path[:0] = [str(CLONE / "clients/native/python"), str(CLONE / "clients/pytest/src"), str(CLONE / "bench/goals")]

import ttnn  # noqa: E402
from figures import Figure, write_figures  # noqa: E402
from tt_memwatch.origins.wrapping import Origins  # noqa: E402
from tt_memwatch_tracer.births import BIRTHS_VARIABLE  # noqa: E402
from tt_memwatch_tracer.library import shared_library  # noqa: E402

#: Operations measured before the other arm has its turn.
BLOCK = 300

GOAL_US = 1.5


def block(add: Any, tensor: Any) -> list[int]:
    taken, clock = [], time.perf_counter_ns
    for _ in range(BLOCK):
        before = clock()
        add(tensor, tensor)
        taken.append(clock() - before)
    return taken


def called(depth: int, tensor: Any) -> list[int]:
    """Calls with so many more frames of Python on the stack."""
    return block(ttnn.add, tensor) if depth == 0 else called(depth - 1, tensor)


def watched(origins: Origins, natively: str, tensor: Any) -> list[int]:
    os.environ[BIRTHS_VARIABLE] = natively
    origins.watch(ttnn)
    taken = called(1, tensor)
    origins.restore()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    # Else Python's way would be measured twice; a library of other sources is refused.
    assert shared_library().births_usable()
    device = ttnn.open_device(device_id=0)
    tensor = ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    noted, in_python = Origins(), Origins()
    called(1, tensor)
    taken: dict[str, list[int]] = {"alone": [], "noted": [], "noted in Python": []}
    for _ in range(options.rounds):
        taken["alone"] += called(1, tensor)
        taken["noted"] += watched(noted, "on", tensor)
        taken["noted in Python"] += watched(in_python, "off", tensor)
    us = {arm: statistics.median(each) / 1000 for arm, each in taken.items()}
    more = us["noted"] - us["alone"]
    python = ".".join(platform.python_version_tuple()[:2])
    name = f"an operation under `--memwatch-origin=wrap`, Python {python}: more than alone"
    figure = Figure(7, name, us, more, GOAL_US, " us", "3.3 us", NOTE)
    write_figures(f"wrapping-{version('ttnn')}", [figure], {"ttnn": version("ttnn")})
    print(f"{name}: {more:.2f} us (<= {GOAL_US} us) {us}")
    ttnn.close_device(device)


NOTE = (
    "what stands before the operation, what ttnn is asked about each result and each tensor among the arguments, and "
    "the call site; noted by the tracer's library (the last arm: by Python); only where the tracer does not run; "
    "before: the best of 25 rounds of a replica in Python, not a median"
)

main()

"""What one search for holders takes, natively and in Python: arms interleaved in one process, medians over all rounds.

  tt-memwatch mock -- python bench/plugin/searches.py [--rounds 7] [--json]

The reference is Python's walk, in the same run; a full collection is measured beside them.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CLONE = Path(__file__).parents[2]
sys.path[:0] = [str(CLONE / "clients/native/python"), str(CLONE / "clients/pytest/src")]
os.environ.setdefault("TT_MEMWATCH_TRACER_LIBRARY", str(CLONE / "build/native/libtt_memwatch_tracer.so"))

import ttnn  # noqa: E402
from tt_memwatch.holders import find_holders  # noqa: E402

#: Tracked objects that the process is filled up to, and the goal for one search there, in ms.
GOALS = {100_000: None, 1_000_000: 60}

#: Tensors that are searched for, each in an object of its own.
WANTED = (1, 100)

BUDGET_S = 60.0


class Part:
    """About what a library of models is made of: an object, its dicts and lists, and a function."""

    def __init__(self, number: int) -> None:
        self.name, self.parts, self.options = f"part {number}", [number], {"itself": self}
        self.act = lambda default=self: default


def fill(parts: list[Part], objects: int) -> None:
    while len(gc.get_objects()) < objects:
        parts += [Part(number) for number in range(2_000)]


def timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def measure(device: Any, buffers: list[Any], rounds: int) -> dict[str, float]:
    def search() -> None:
        found = find_holders(device.id(), buffers, BUDGET_S, {}, lambda buffer, tensor: None)
        assert all(found[buffer][0].startswith("__main__.KEPT") for buffer in buffers), found

    taken: dict[str, list[float]] = {"native": [], "python": [], "collection": []}
    for _ in range(rounds):
        for arm in ("native", "python"):
            os.environ["TT_MEMWATCH_NATIVE_SEARCH"] = "off" if arm == "python" else "on"
            taken[arm].append(timed(search))
        taken["collection"].append(timed(gc.collect))
    return {arm: statistics.median(each) for arm, each in taken.items()}


KEPT: list[Any] = []


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    device = ttnn.open_device(device_id=0)
    shape = {"dtype": ttnn.bfloat16, "layout": ttnn.TILE_LAYOUT, "device": device}
    parts: list[Part] = []
    rows = []
    for objects, goal in GOALS.items():
        fill(parts, objects)
        for wanted in WANTED:
            KEPT[:] = [{"held": [ttnn.zeros((1, 1, 32, 32), **shape)]} for _ in range(wanted)]
            tensors = [kept["held"][0] for kept in KEPT]
            buffers = [(t.memory_config().buffer_type.name, t.buffer_address()) for t in tensors]
            tensors.clear()
            rows.append(
                {"objects": objects, "wanted": wanted, "goal": goal, **measure(device, buffers, arguments.rounds)}
            )
    KEPT.clear()
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"Python {platform.python_version()}, ms")
    print("| tracked objects | wanted | native | Python | of Python's | a full collection | goal |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        shown = (
            f"{row['native']:.1f} | {row['python']:.0f} | {row['native'] / row['python']:.2f} | {row['collection']:.0f}"
        )
        print(f"| {row['objects']:,} | {row['wanted']} | {shown} | {'<= ' + str(row['goal']) if row['goal'] else ''} |")


if __name__ == "__main__":
    main()

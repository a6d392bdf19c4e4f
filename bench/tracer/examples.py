"""What tracing adds to a whole run: `tt-memwatch run -- pytest examples` with and without it, in turn.

python bench/tracer/examples.py [--rounds 5] PYTHON
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import time
from pathlib import Path

CLONE = Path(__file__).parents[2]
ARMS = {"--tracer=off": ["--tracer=off"], "--stacks 0": ["--stacks", "0"], "--stacks 8": ["--stacks", "8"]}


def run(python: str, flags: list[str]) -> float:
    tool = CLONE / "bin/tt-memwatch"
    command = [tool, "mock", "--", tool, "run", *flags, "--quiet", "--", python, "-m", "pytest", "examples", "-q"]
    before = time.perf_counter()
    done = subprocess.run(list(map(str, command)), cwd=CLONE, capture_output=True)
    assert done.returncode == 1, done.stderr.decode()  # the examples have findings
    return time.perf_counter() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("python")
    options = parser.parse_args()
    run(options.python, [])
    taken: dict[str, list[float]] = {name: [] for name in ARMS}
    for _ in range(options.rounds):
        for name, flags in ARMS.items():
            taken[name].append(run(options.python, flags))
    reference = statistics.median(taken["--tracer=off"])
    print("| | median, s | fastest, s | slowest, s | of --tracer=off |\n|---|---:|---:|---:|---:|")
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"| {name} | {median:.2f} | {min(times):.2f} | {max(times):.2f} | {median / reference:.2f} |")


main()

"""What recording costs a whole run: processor seconds of all its processes, with and without, in turns.

Usage: python bench/recording/whole.py PYTHON [--rounds 5]
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "goals"))

from figures import Figure, write_figures

PROGRAM = "bin/tt-memwatch"
SUITE = "examples"


def seconds_of(command: list[str]) -> float:
    """Of processors, of the command and all that it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("python")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    tests = [options.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", SUITE]
    plain, recorded = [], []
    with tempfile.TemporaryDirectory() as folder:
        record = ["--record", os.path.join(folder, "run.mcap")]
        for turn in range(options.rounds + 1):
            pair = []
            for flags in ([], record) if turn % 2 == 0 else (record, []):
                pair.append(seconds_of([PROGRAM, "mock", "--", PROGRAM, "run", "-q", *flags, "--", *tests]))
            # The first turn compiles what is compiled once.
            if turn > 0:
                plain.append(pair[turn % 2])
                recorded.append(pair[1 - turn % 2])
    ratios = [one / other for one, other in zip(recorded, plain, strict=True)]
    figure = Figure(
        item=17,
        name="recording: a recorded run against one that is not",
        arms={"s without": statistics.median(plain), "s recorded": statistics.median(recorded)},
        value=statistics.median(ratios),
        goal=1.03,
        unit=" x",
        before=None,
        note=f"{options.rounds} pairs in turns, from {min(ratios):.3f} to {max(ratios):.3f} times",
    )
    write_figures("recording-whole", [figure], {})
    print(figure)


if __name__ == "__main__":
    main()

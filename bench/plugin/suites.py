"""What watching costs suites in large processes: one where nine of ten tests fail, and one that leaks now and then.

  python bench/plugin/suites.py [--rounds 3] [--only failing] PYTHON

Arms take turns. Time is that of the processor, of all processes of the command. What starting takes, which is the time
of a suite of two tests, is taken off where tests fail. Leaves its rows for the table of goals.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

CLONE = Path(__file__).parents[2]
sys.path.insert(0, str(CLONE / "bench/goals"))

from figures import Figure, write_figures  # noqa: E402

#: Exit codes of pytest and of a run with findings.
EXPECTED = (0, 1)

#: Tracked objects of a process with ttnn and torch: torch is in no environment here, so that they are made.
OBJECTS_WITH_TORCH = 300_000
FAILING_TESTS = 300

LARGE_OBJECTS = 1_000_000
#: A process with ttnn and pytest has as many itself.
SMALL_OBJECTS = 0
LARGE_TESTS = 2_000
LEAK_EVERY = 20

#: A suite that does next to nothing: what starting takes.
START_TESTS = 2

MODES = ("growth", "always")

#: What counts as no more, since two differences of whole runs are compared.
SAME = 1.2

FAILING_NOTE = "looks, messages, and emptying the failure's frames, with a collection of young objects"
LEAK_NOTE = "a search takes 150 ms and more; the more leaks were searched, the more share the next one"
CLEAN_NOTE = "differences of whole runs, so that 1.2 counts as the same"


def seconds(python: str, file: str, mode: str | None, tests: int, objects: int, every: int = 0) -> float:
    """Of the processor, for the whole command and all that it started."""
    tool = str(CLONE / "bin/tt-memwatch")
    watched = [] if mode is None else [tool, "run", "--quiet", "--clear", mode, "--"]
    suite = CLONE / "bench/plugin/heavy" / file
    command = [
        tool,
        "mock",
        "--",
        *watched,
        python,
        "-m",
        "pytest",
        "-q",
        "--tb=short",
        "-p",
        "no:cacheprovider",
        suite,
    ]
    size = {"BENCH_TESTS": f"{tests}", "BENCH_OBJECTS": f"{objects}", "BENCH_LEAK_EVERY": f"{every}"}
    env = {**os.environ, "LOGURU_LEVEL": "WARNING", **size}
    # With it Python would compile the plugin at each start.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(list(map(str, command)), env=env, capture_output=True, text=True)
    assert done.returncode in EXPECTED, done.stdout[-2000:] + done.stderr[-2000:]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Arms:
    """Measured in turn, and their medians."""

    def __init__(self, python: str, rounds: int) -> None:
        self._python = python
        self._rounds = rounds

    def medians(self, arms: dict[str, tuple[str, str | None, int, int, int]]) -> dict[str, float]:
        taken: dict[str, list[float]] = {name: [] for name in arms}
        for _ in range(self._rounds):
            for name, arm in arms.items():
                taken[name].append(seconds(self._python, *arm))
        return {name: statistics.median(each) for name, each in taken.items()}


def failing(arms: Arms) -> list[Figure]:
    modes: dict[str, str | None] = {"bare": None, **{mode: mode for mode in MODES}}
    wanted = {
        f"{name}, {tests} tests": ("test_failing.py", mode, tests, OBJECTS_WITH_TORCH, 0)
        for name, mode in modes.items()
        for tests in (START_TESTS, FAILING_TESTS)
    }
    taken = arms.medians(wanted)
    ms = {
        name: (taken[f"{name}, {FAILING_TESTS} tests"] - taken[f"{name}, {START_TESTS} tests"])
        / (FAILING_TESTS - START_TESTS)
        * 1000
        for name in modes
    }
    name = f"{FAILING_TESTS} tests of {ms['bare']:.0f} ms, nine of ten fail, {OBJECTS_WITH_TORCH:,} objects"
    return [
        Figure(
            4,
            f"{name}, `--clear {mode}`: of the bare CPU time",
            {**taken, "ms a test more": ms[mode] - ms["bare"]},
            ms[mode] / ms["bare"],
            goal,
            " x",
            None,
            f"{ms[mode] - ms['bare']:.1f} ms a test: {FAILING_NOTE}",
        )
        for mode, goal in (("growth", 1.1), ("always", 1.3))
    ]


def large(arms: Arms) -> list[Figure]:
    sizes = {"small": SMALL_OBJECTS, "large": LARGE_OBJECTS}
    wanted = {
        f"{size}, {what}": ("test_leaking.py", mode, LARGE_TESTS, objects, every)
        for size, objects in sizes.items()
        for what, mode, every in (("bare", None, 0), ("clean", "growth", 0), ("leaking", "growth", LEAK_EVERY))
    }
    taken = arms.medians(wanted)
    leak_ms = (taken["large, leaking"] - taken["large, clean"]) / (LARGE_TESTS // LEAK_EVERY) * 1000
    clean_ms = {size: (taken[f"{size}, clean"] - taken[f"{size}, bare"]) / LARGE_TESTS * 1000 for size in sizes}
    name = f"{LARGE_TESTS} tests in a process of {LARGE_OBJECTS:,} objects, growth"
    return [
        Figure(5, f"{name}: CPU time a leak, every twentieth test leaks", taken, leak_ms, 60, " ms", None, LEAK_NOTE),
        Figure(
            5,
            f"{name}: a clean test, over one in a small process",
            clean_ms,
            clean_ms["large"] / clean_ms["small"],
            SAME,
            " x",
            None,
            CLEAN_NOTE,
        ),
    ]


BENCHES = {"failing": failing, "large": large}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=BENCHES, default=None)
    parser.add_argument("python")
    options = parser.parse_args()
    arms = Arms(options.python, options.rounds)
    for name, measure in BENCHES.items():
        if options.only in (None, name):
            figures = measure(arms)
            write_figures(name, figures, {})
            for figure in figures:
                print(f"{figure.name}: {figure.value:.2f}{figure.unit} (<= {figure.goal}{figure.unit}) {figure.arms}")


main()

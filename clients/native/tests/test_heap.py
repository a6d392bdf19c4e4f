"""The search of the heap: what it finds, and that it survives what else goes on in a process, also under sanitizers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CLONE = HERE.parents[2]
PROGRAM = HERE / "programs" / "heap.py"

#: The oldest and the newest Python that is supported.
PYTHONS = sorted((CLONE / ".venv").glob("ttnn-*/bin/python"))

SCENARIOS = (
    *("finds", "keeps_nothing", "beside_threads", "beside_what_ends", "types_end"),
    *("asks_the_foreign_only_to_compare", "finds_what_is_frozen", "has_an_end", "many_levels_and_owners"),
    *("stops_at_any_time", "refuses_subinterpreters"),
)


def _runtime(name: str) -> str:
    compiler = os.environ.get("CXX", "c++")
    return subprocess.run([compiler, f"-print-file-name={name}"], capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module", params=["plain", "address"])
def environment(request: pytest.FixtureRequest, tracer_of: Callable[[str], Path]) -> dict[str, str]:
    """Where the library is; under the sanitizer objects are allocated one by one, so that it sees those that ended."""
    found = {"PYTHONPATH": str(HERE.parent / "python"), "TT_MEMWATCH_TRACER_LIBRARY": str(tracer_of(request.param))}
    if request.param == "address":
        found["LD_PRELOAD"] = f"{_runtime('libasan.so')} {_runtime('libstdc++.so')}"
        found["PYTHONMALLOC"] = "malloc"
        found["ASAN_OPTIONS"] = "detect_leaks=0"
    return found


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parts[-3])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_search_is_right(environment: dict[str, str], python: Path, scenario: str) -> None:
    command = [str(python), str(PROGRAM), scenario]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout == "right\n", done.stderr[-3000:]


def test_there_are_two_pythons() -> None:
    assert len(PYTHONS) == 2


def test_it_can_be_switched_off(environment: dict[str, str]) -> None:
    off = {**environment, "TT_MEMWATCH_NATIVE_SEARCH": "off"}
    command = [str(PYTHONS[-1]), "-c", "from tt_memwatch_tracer.heap import Heap; Heap()"]
    done = subprocess.run(command, env=off, capture_output=True, text=True, timeout=60)
    assert done.stderr.endswith("OSError: TT_MEMWATCH_NATIVE_SEARCH is off\n")

"""Births that the library notes are right, and it survives what else goes on in a process, also under sanitizers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent

#: The oldest and the newest Python that is supported.
PYTHONS = sorted((HERE.parents[2] / ".venv").glob("ttnn-*/bin/python"))

SCENARIOS = {
    "births.py": (
        *("notes_what_is_new", "notes_each_of_several", "notes_nothing_of_the_host", "knows_what_is_in_place"),
        *("joins_only_what_is_known", "has_limits", "ends_a_site", "tells_calls_apart", "names_the_operation"),
        *("raises_nothing", "needs_what_it_asks"),
    ),
    "births_disturbed.py": (
        *("keeps_nothing", "is_called_from_within", "is_called_by_what_ends_with_a_site", "beside_threads"),
        *("beside_a_lack_of_memory", "refuses_subinterpreters"),
    ),
}


def _runtime(name: str) -> str:
    compiler = os.environ.get("CXX", "c++")
    return subprocess.run([compiler, f"-print-file-name={name}"], capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module", params=["plain", "address"])
def environment(request: pytest.FixtureRequest, tracer_of: Callable[[str], Path]) -> dict[str, str]:
    """Where the library is; under the sanitizer objects are allocated one by one, so that it sees those that ended."""
    paths = f"{HERE.parent / 'python'}:{HERE}"
    found = {"PYTHONPATH": paths, "TT_MEMWATCH_TRACER_LIBRARY": str(tracer_of(request.param))}
    if request.param == "address":
        found["LD_PRELOAD"] = f"{_runtime('libasan.so')} {_runtime('libstdc++.so')}"
        found["PYTHONMALLOC"] = "malloc"
        found["ASAN_OPTIONS"] = "detect_leaks=0"
    return found


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parts[-3])
@pytest.mark.parametrize(
    ("program", "scenario"), [(program, each) for program, scenarios in SCENARIOS.items() for each in scenarios]
)
def test_what_is_noted_is_right(environment: dict[str, str], python: Path, program: str, scenario: str) -> None:
    command = [str(python), str(HERE / "programs" / program), scenario]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout == "right\n", done.stderr[-3000:]


def test_it_can_be_switched_off(environment: dict[str, str]) -> None:
    off = {**environment, "TT_MEMWATCH_NATIVE_BIRTHS": "off"}
    command = [str(PYTHONS[-1]), "-c", "from tt_memwatch_tracer.births import NativeBirths; NativeBirths(None)"]
    done = subprocess.run(command, env=off, capture_output=True, text=True, timeout=60)
    assert done.stderr.endswith("OSError: TT_MEMWATCH_NATIVE_BIRTHS is off\n")

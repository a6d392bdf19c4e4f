"""Births that the library notes are right, and it survives what else goes on in a process, also under sanitizers."""

from __future__ import annotations

from pathlib import Path

import pytest
from python_programs import HERE, PYTHONS, expect_refusal, expect_right

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


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parts[-3])
@pytest.mark.parametrize(
    ("program", "scenario"), [(program, each) for program, scenarios in SCENARIOS.items() for each in scenarios]
)
def test_what_is_noted_is_right(environment: dict[str, str], python: Path, program: str, scenario: str) -> None:
    expect_right(python, str(HERE / "programs" / program), scenario, environment=environment)


def test_it_can_be_switched_off(environment: dict[str, str]) -> None:
    off = {**environment, "TT_MEMWATCH_NATIVE_BIRTHS": "off"}
    statement = "from tt_memwatch_tracer.births import NativeBirths; NativeBirths(None)"
    expect_refusal("TT_MEMWATCH_NATIVE_BIRTHS is off", statement, off)

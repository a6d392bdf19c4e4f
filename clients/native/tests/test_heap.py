"""The search of the heap: what it finds, and that it survives what else goes on in a process, also under sanitizers."""

from __future__ import annotations

from pathlib import Path

import pytest
from python_programs import HERE, PYTHONS, expect_refusal, expect_right

PROGRAM = HERE / "programs" / "heap.py"

SCENARIOS = (
    *("finds", "keeps_nothing", "beside_threads", "beside_what_ends", "types_end"),
    *("asks_the_foreign_only_to_compare", "finds_what_is_frozen", "has_an_end", "many_levels_and_owners"),
    *("stops_at_any_time", "refuses_subinterpreters"),
)


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parts[-3])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_search_is_right(environment: dict[str, str], python: Path, scenario: str) -> None:
    expect_right(python, str(PROGRAM), scenario, environment=environment)


def test_there_are_two_pythons() -> None:
    assert len(PYTHONS) == 2


def test_it_can_be_switched_off(environment: dict[str, str]) -> None:
    off = {**environment, "TT_MEMWATCH_NATIVE_SEARCH": "off"}
    expect_refusal("TT_MEMWATCH_NATIVE_SEARCH is off", "from tt_memwatch_tracer.heap import Heap; Heap()", off)

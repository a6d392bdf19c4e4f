"""One attempt of one test, while it runs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest

from tt_memwatch.options import TestOptions


@dataclass
class TestInProgress:
    """What is known so far of one attempt of one test."""

    __test__ = False

    item: pytest.Item
    attempt: int
    options: TestOptions
    #: Devices that were open when it began.
    opened_before: frozenset[int]
    began: float = field(default_factory=time.perf_counter)
    phase: str = "setup"
    outcome: str = "passed"
    #: Exceptions of the phases that failed. pytest and its plugins keep them too, each in a place of its own.
    failures: list[pytest.ExceptionInfo[BaseException]] = field(default_factory=list)
    #: A fixture of the test itself ran, other than those that give devices: it may allocate in setup and teardown.
    has_own_fixtures: bool = False
    #: Growth by logical device and memory type, in bytes on each chip.
    grown: dict[tuple[int, str], int] = field(default_factory=dict)

    def duration_ms(self) -> float:
        return round((time.perf_counter() - self.began) * 1000, 3)

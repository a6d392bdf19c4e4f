"""One attempt of one test, while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tt_memwatch.clocks import REAL
from tt_memwatch.known_leak_place import mark_place
from tt_memwatch.marker import TestOptions
from tt_memwatch.per_test_lines import begin_line, end_line, json_fields


def _of_class(value: Any) -> Any:
    """What a test begins with, kept once for all of them: to set each anew takes as long as half a phase."""
    return field(default=value, init=False)


@dataclass
class TestInProgress:
    """What is known so far of one attempt of one test."""

    __test__ = False

    item: pytest.Item
    #: Its node id.
    name: str
    attempt: int
    options: TestOptions
    #: 0 for the test itself, then the number of its repeat.
    repeat: int
    #: So many runs of it, itself and its first repeats, only warm up.
    warm_up: int = 0
    began: float = field(default_factory=REAL.perf_counter)
    #: When its fixtures were ready.
    ready: float | None = _of_class(None)
    phase: str = _of_class("setup")
    outcome: str = _of_class("passed")
    #: Exceptions of the phases that failed. pytest and its plugins keep them too, each in a place of its own.
    failures: list[BaseException] = field(default_factory=list)
    #: Fixtures that are over, whose values pytest keeps until the test's protocol is.
    ended_fixtures: set[str] = field(default_factory=set)
    #: Its own fixtures are over, and it was measured.
    is_concluded: bool = _of_class(False)
    #: It opened a device, or one of its fixtures did.
    has_opened: bool = _of_class(False)
    #: Allocations and frees that were recorded before it began.
    events_before: int | None = _of_class(None)
    #: Devices whose last words were heard, because they or a part of them were closed.
    concluded: set[int] = field(default_factory=set)
    #: A fixture of the test itself ran, other than those that give devices: it may allocate in setup and teardown.
    has_own_fixtures: bool = _of_class(False)
    #: Growth by logical device and memory type, in bytes on each chip.
    grown: dict[tuple[int, str], int] = field(default_factory=dict)

    def begin_line(self, base: str, index: int, host_bytes: int | None) -> str:
        """What the engine hears before it runs. `base` names its code, `index` is its place in the run."""
        options = f'"repeat":{self.repeat},{self.options.message}'
        if self.repeat == 0 and self.warm_up > 0:
            options += f',"warmUp":{self.warm_up}'
        known = self.options.known
        if known is not None:
            options += "," + json_fields({"known": {**vars(known), "place": mark_place(self.item, known.reason)}})
        return begin_line(self.name, self.attempt, base, index, options, host_bytes)

    def end_line(self, host_bytes: int | None) -> str:
        """What the engine hears once it is over."""
        duration_ms = (REAL.perf_counter() - self.began) * 1000
        return end_line(self.name, self.attempt, self.outcome, duration_ms, REAL.monotonic_ns(), host_bytes)

    def excess(self) -> dict[tuple[int, str], int]:
        """The growth that its limits do not allow, as `grown`."""
        found: dict[tuple[int, str], int] = {}
        for device in {device for device, _ in self.grown}:
            grown = {name: size for (d, name), size in self.grown.items() if d == device}
            found.update({(device, name): size for name, size in self.options.limits.excess(grown).items()})
        return found

    @property
    def counts(self) -> bool:
        """Whether what it leaves counts: of the test itself, and of the run that others warmed up."""
        return self.repeat in (0, self.warm_up)

    def run_s(self) -> float:
        """How long its call and its teardown took so far."""
        return REAL.perf_counter() - (self.ready or self.began)


def outcome_of(report: pytest.TestReport) -> str:
    """The outcome of a test by the first of its reports that is not `passed`, and nothing else."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return "skipped" if report.skipped else "passed"

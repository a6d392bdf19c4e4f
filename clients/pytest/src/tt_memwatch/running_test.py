"""One attempt of one test, while it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import pytest

from tt_memwatch.clocks import REAL
from tt_memwatch.engine import Engine
from tt_memwatch.host_memory import HostMemory
from tt_memwatch.known_leak_place import mark_place
from tt_memwatch.marker import TestOptions
from tt_memwatch.per_test_lines import begin_line, end_line, json_fields


class TestInProgress:
    """What is known so far of one attempt of one test.

    What nearly all tests end with is the class's: to set each anew takes as long as half a phase.
    """

    __test__ = False

    #: When its fixtures were ready.
    ready: float | None = None
    phase = "setup"
    outcome = "passed"
    #: Exceptions of the phases that failed. pytest and its plugins keep them too, each in a place of its own.
    failures: Sequence[BaseException] = ()
    #: The suite may have something of its own done before it is measured what the test left.
    may_clean = False
    #: Its own fixtures are over, and it was measured.
    is_concluded = False
    #: It opened a device, or one of its fixtures did.
    has_opened = False
    #: Allocations and frees that were recorded before it began.
    events_before: int | None = None
    #: Devices whose last words were heard, because they or a part of them were closed.
    concluded: Set[int] = frozenset()
    #: A fixture of the test itself ran, other than those that give devices: it may allocate in setup and teardown.
    has_own_fixtures = False
    #: Growth by logical device and memory type, in bytes on each chip.
    grown: Mapping[tuple[int, str], int] = {}

    def __init__(
        self, item: pytest.Item, name: str, attempt: int, options: TestOptions, repeat: int, warm_up: int = 0
    ) -> None:
        """`name`: its node id. `repeat`: 0 for the test itself, then the number of its repeat.

        `warm_up`: so many runs of it, itself and its first repeats, only warm up.
        """
        self.item = item
        self.name = name
        self.attempt = attempt
        self.options = options
        self.repeat = repeat
        self.warm_up = warm_up
        self.began = REAL.perf_counter()
        #: Fixtures that are over, whose values pytest keeps until the test's protocol is.
        self.ended_fixtures: list[str] = []

    def note_growth(self, device: int, memory_type: str, size: int) -> None:
        """`size`: bytes on each chip of this logical device."""
        where = (device, memory_type)
        self.grown = {**self.grown, where: self.grown.get(where, 0) + size}

    def tell_begin(self, engine: Engine, base: str, index: int, host: HostMemory) -> None:
        """What the engine hears before it runs. `base` names its code, `index` is its place in the run."""
        known, options = self.options.known, self.options.message_of_a_first_run
        if self.repeat > 0:
            options = f'"repeat":{self.repeat},{self.options.message}'
        elif self.warm_up > 0:
            options += f',"warmUp":{self.warm_up}'
        if known is not None:
            options += "," + json_fields({"known": {**vars(known), "place": mark_place(self.item, known.reason)}})
        if not engine.writer.begin(self.name, self.attempt, base, index, options, host.is_wanted):
            engine.hold(begin_line(self.name, self.attempt, base, index, options, host.at_begin()))

    def tell_end(self, engine: Engine, host: HostMemory) -> None:
        """What the engine hears once it is over, where its writer does not say that."""
        duration_ms, host_bytes = (REAL.perf_counter() - self.began) * 1000, host.at_end()
        engine.hold(end_line(self.name, self.attempt, self.outcome, duration_ms, REAL.monotonic_ns(), host_bytes))

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

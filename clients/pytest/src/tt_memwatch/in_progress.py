"""One attempt of one test, while it runs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from tt_memwatch.mark_place import mark_place
from tt_memwatch.marker import TestOptions
from tt_memwatch.node_ids import node_id


@dataclass
class TestInProgress:
    """What is known so far of one attempt of one test."""

    __test__ = False

    item: pytest.Item
    attempt: int
    options: TestOptions
    #: 0 for the test itself, then the number of its repeat.
    repeat: int
    #: So many runs of it, itself and its first repeats, only warm up.
    warm_up: int = 0
    began: float = field(default_factory=time.perf_counter)
    #: When its fixtures were ready.
    ready: float | None = None
    phase: str = "setup"
    outcome: str = "passed"
    #: Exceptions of the phases that failed. pytest and its plugins keep them too, each in a place of its own.
    failures: list[BaseException] = field(default_factory=list)
    #: Fixtures that are over, whose values pytest keeps until the test's protocol is.
    ended_fixtures: set[str] = field(default_factory=set)
    #: Its own fixtures are over, and it was measured.
    is_concluded: bool = False
    #: It opened a device, or one of its fixtures did.
    has_opened: bool = False
    #: Allocations that were recorded before it began.
    events_before: int = 0
    #: Devices whose last words were heard, because they or a part of them were closed.
    concluded: set[int] = field(default_factory=set)
    #: A fixture of the test itself ran, other than those that give devices: it may allocate in setup and teardown.
    has_own_fixtures: bool = False
    #: Growth by logical device and memory type, in bytes on each chip.
    grown: dict[tuple[int, str], int] = field(default_factory=dict)

    def begin_message(self, base: str, index: int) -> dict[str, Any]:
        """What the engine hears before it runs. `base` names its code, `index` is its place in the run."""
        options = self.options
        message: dict[str, Any] = {
            "test": node_id(self.item),
            "attempt": self.attempt,
            "base": base,
            "index": index,
            "repeat": self.repeat,
            "limits": {"total": options.limits.total, "perType": options.limits.per_type},
            "reason": options.reason,
        }
        peaks = None if options.skip else options.limits.peaks.message()
        if peaks is not None:
            message["peaks"] = peaks
        if self.repeat == 0 and self.warm_up > 0:
            message["warmUp"] = self.warm_up
        if options.known is not None:
            message["known"] = {**vars(options.known), "place": mark_place(self.item, options.known.reason)}
        return message

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
        return time.perf_counter() - (self.ready or self.began)

    def duration_ms(self) -> float:
        return round((time.perf_counter() - self.began) * 1000, 3)

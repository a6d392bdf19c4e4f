"""Watches one pytest process: what each test found on the devices, and what it left there.

A device is known by the fixture that gave it, and is measured for the last time just before that fixture closes it.
Devices of wider fixtures are measured when the test's own fixtures are over.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tt_memwatch.board import Board, Giver, reference
from tt_memwatch.call_site import frames_of
from tt_memwatch.conclude import conclude_always, conclude_on_growth, conclude_wider, release_failures
from tt_memwatch.devices import MeshDevice
from tt_memwatch.explain import GraphCapture, Inside
from tt_memwatch.holders import Buffer, find_holders
from tt_memwatch.in_progress import TestInProgress
from tt_memwatch.node_ids import node_id
from tt_memwatch.options import HOLDER_BUDGETS_S, TestOptions
from tt_memwatch.origin import Birth
from tt_memwatch.tensors import describe_tensors

#: Longest path told, in characters.
MAX_PATH = 500


@dataclass
class Watch:
    """What the hooks in plugin.py tell, in the order pytest tells it."""

    board: Board
    clear: str
    #: How long the search for holders may take after a test that left something, in seconds.
    holder_budget_s: float
    test: TestInProgress | None = None
    #: The suite has a cleanup fixture of its own: it clears, we only measure.
    suite_cleans: bool = False
    interrupted: bool = False
    #: Number of the repeat that is to begin or runs; 0 while tests run as pytest asks.
    repeat: int = 0
    #: Records what happens inside of operations; None where nobody asked for it.
    capture: GraphCapture | None = None

    def begin_in_fork(self) -> None:
        """A test is about to begin in a forked child: it reports as a process of its own from now on."""
        if self.board.engine.join_in_fork():
            self.test = None
            self.board.leave_to_parent()

    # ── one test ──────────────────────────────────────────────────────────────────────────────────────────────────

    def begin_test(self, item: pytest.Item, attempt: int, options: TestOptions, base: str, index: int) -> None:
        self.test = TestInProgress(item, attempt, options, self.repeat, self.board.open_devices.opened())
        self.board.engine.queue(
            "test-begin",
            test=node_id(item),
            attempt=attempt,
            base=base,
            index=index,
            repeat=self.repeat,
            limits={"total": options.limits.total, "perType": options.limits.per_type},
            reason=options.reason,
        )
        self.board.look_everywhere("before")
        self.board.tracing.enter(self.test.phase)
        if not self.board.inherited.isdisjoint(getattr(item, "fixturenames", ())):
            self.not_checked(
                "it ran in a forked process, on a device that was opened before the fork and can only be asked by the "
                "process that opened it: open the device in the forked process"
            )

    def begin_call(self) -> None:
        """The test's fixtures are ready. What was seen is sent now, so that it is known even if the process dies."""
        self._end_phase("after-setup", "call")
        if self.test is not None:
            self.test.ready = time.perf_counter()
            if self.capture is not None and self.board.allocators:
                self.capture.begin()
        self.board.engine.flush()

    def end_call(self) -> None:
        if self.capture is not None:
            self._tell_inside(self.capture.end())
        self._end_phase("after-call", "teardown")

    def end_test(self) -> None:
        test = self.test
        if test is None:
            return
        self._note_devices_left_open(test)
        self.board.engine.queue(
            "test-end",
            test=node_id(test.item),
            attempt=test.attempt,
            outcome=test.outcome,
            durationMs=test.duration_ms(),
            atNs=time.monotonic_ns(),
        )
        missed = self.board.tracing.check()
        if missed is not None:
            self.board.engine.queue("tracing", state="unavailable", reason=missed, ring=None)
        self.test = None
        self.board.tracing.enter(None)
        self.board.engine.flush()

    def not_checked(self, reason: str) -> None:
        self.board.engine.queue("not-checked", reason=reason)

    def _end_phase(self, moment: str, following: str) -> None:
        if self.test is not None:
            if self.test.has_own_fixtures:
                self.board.look_everywhere(moment)
            self.test.phase = following
            self.board.tracing.enter(following)

    def _note_devices_left_open(self, test: TestInProgress) -> None:
        own = self.board.open_devices.opened() - test.opened_before - self.board.givers.keys()
        if own:
            names = ", ".join(map(str, sorted(own)))
            self.not_checked(
                f"it opened a device itself (id {names}) and left it open: only devices of fixtures can be measured"
            )

    # ── fixtures ──────────────────────────────────────────────────────────────────────────────────────────────────

    def before_wider_fixture(self, fixturedef: Any) -> None:
        """What the test itself allocated so far is not the fixture's."""
        self._look_before_fixture()
        self.board.tracing.enter("fixture", reference(fixturedef))

    def after_wider_fixture(self) -> None:
        self.board.tracing.enter(self.test.phase if self.test is not None else None)

    def _look_before_fixture(self) -> None:
        if self.test is None:
            return
        if self.test.phase == "call":
            self.test.has_own_fixtures = True
        if self.test.has_own_fixtures:
            self.board.look_everywhere("after-call" if self.test.phase == "call" else "after-setup")

    def after_fixture(self, fixturedef: Any, value: object, opened_before: frozenset[int]) -> None:
        """Take on the devices a fixture gives, and charge a wider fixture with what it allocated."""
        gives_device = self.board.take(fixturedef, value, opened_before, self._before_close)
        if fixturedef.scope != "function":
            self.board.look_everywhere("fixture", reference(fixturedef))
        elif not gives_device and self.test is not None and self.board.allocators:
            self.test.has_own_fixtures = True

    def fixture_ended(self, fixturedef: Any) -> None:
        if not self.board.allocators:
            return
        if fixturedef.scope != "function":
            self.board.engine.queue("fixture-end", fixture=reference(fixturedef))
        if self.test is not None:
            # pytest keeps the value of a fixture that is over until the whole test is: no holder of the test's making.
            (getattr(self.test.item, "funcargs", None) or {}).pop(fixturedef.argname, None)

    def _before_close(self, key: int, giver: Giver) -> None:
        """The last moment at which the device can be asked."""
        if key not in self.board.givers:
            return  # left to the parent of a forked child
        try:
            device = giver.device(key)
            if device is not None and self.board.open_devices.is_open(device):
                self._last_look(device, giver)
            elif self.test is not None:
                self.not_checked(
                    "the device was closed before it could be measured: let the fixture that opened it close it"
                )
        finally:
            self.board.forget(key)

    def _last_look(self, device: MeshDevice, giver: Giver) -> None:
        if self.interrupted or self.test is None:
            self.board.look([device], "close")
        elif giver.fixturedef.scope == "function":
            self._conclude(self.test, [device], goes_on=False)
        else:
            conclude_wider(self.board, [device], clears=self.clear != "never")

    # ── the end of a test ─────────────────────────────────────────────────────────────────────────────────────────

    def conclude_open_devices(self) -> None:
        """Measure what the test left on the devices that outlive it."""
        devices = self.board.devices()
        if devices and self.test is not None and not self.interrupted:
            self._conclude(self.test, devices, goes_on=True)

    def teardown_reported(self) -> None:
        """A teardown that failed keeps its fixtures' tensors until it is reported; by then the test was measured."""
        if self.test is not None and not self.test.options.skip:
            release_failures(self.board, self.test, self.board.devices())

    def _conclude(self, test: TestInProgress, devices: Sequence[MeshDevice], goes_on: bool) -> None:
        if test.options.skip:
            self.board.look(devices, "after")
            self.not_checked(f"skipped by its marker: {test.options.reason or 'no reason given'}")
            return
        if self.clear == "always" and not self.suite_cleans and self._is_used_by(test):
            conclude_always(self.board, test, devices, goes_on)
        else:
            conclude_on_growth(self.board, test, devices, goes_on, clears=self.clear != "never")
        self._note_growth(test, devices)

    def _is_used_by(self, test: TestInProgress) -> bool:
        """Whether the test asks for a fixture that gives a device; one that is merely open is only looked at."""
        names = getattr(test.item, "fixturenames", ())
        return any(giver.fixturedef.argname in names for giver in self.board.givers.values())

    def _note_growth(self, test: TestInProgress, devices: Sequence[MeshDevice]) -> None:
        for part in self.board.parts(devices):
            allocator = self.board.allocators[part.id()]
            for name, size in allocator.grown_bytes().items():
                where = (allocator.facts.chips[0], name)
                test.grown[where] = test.grown.get(where, 0) + size
            if test.repeat > 0:
                continue
            wanted = {(block.memory_type, block.address) for block in allocator.grown}
            if wanted:
                self._describe(test, part.id(), wanted)

    def _describe(self, test: TestInProgress, key: int, wanted: set[tuple[str, int]]) -> None:
        cached = [giver.fixturedef.cached_result for giver in self.board.givers.values()]
        values = [result[0] for result in cached if result is not None]
        module = getattr(test.item, "module", None)
        for found in describe_tensors(key, wanted, [vars(module) if module else {}, *values]):
            self.board.engine.queue("tensor", device=key, **found)
        if self.board.engine.connected:
            self._tell_holders(key, wanted)

    def _tell_inside(self, buffers: Sequence[Inside]) -> None:
        for device, memory_type, address, functions in buffers:
            if device in self.board.allocators and functions:
                self.board.engine.queue(
                    "inside", device=device, memoryType=memory_type, address=hex(address), functions=functions
                )

    def _tell_holders(self, key: int, wanted: set[Buffer]) -> None:
        cpp, allocator = self.board.cpp_holders, self.board.allocators[key]
        origins = self.board.origins
        # A line is told of a buffer only if the tensor that has it was met.
        budget_s = self.holder_budget_s or (HOLDER_BUDGETS_S["on"] if origins.is_on else 0.0)
        if budget_s == 0:
            return
        found = find_holders(key, wanted, budget_s, cpp.objects(allocator), functools.partial(origins.meet, key))
        if self.holder_budget_s > 0:
            self._queue_holders(key, cpp.name(allocator, wanted, found))
        if origins.is_on:
            self._queue_origins(key, {**cpp.births(allocator, wanted), **origins.take_confirmed()})

    def _queue_holders(self, key: int, holders: dict[Buffer, list[str]]) -> None:
        for (memory_type, address), paths in holders.items():
            self.board.engine.queue(
                "holders", device=key, memoryType=memory_type, address=hex(address), paths=[p[:MAX_PATH] for p in paths]
            )

    def _queue_origins(self, key: int, births: dict[Buffer, Birth]) -> None:
        for (memory_type, address), (operation, site, _) in births.items():
            where = {"device": key, "memoryType": memory_type, "address": hex(address)}
            self.board.engine.queue("origin", **where, operation=operation, stack=frames_of(site))

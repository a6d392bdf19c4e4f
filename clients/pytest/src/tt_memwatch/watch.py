"""Watches one pytest process: what each test found on the devices, and what it left there.

A device is one that was opened, however. It is measured when it is opened, around each test while it is open, and for
the last time when it is about to be closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tt_memwatch import suite_cleaning_hook
from tt_memwatch.clocks import REAL
from tt_memwatch.devices.measured_devices import MeasuredDevices
from tt_memwatch.devices.mesh_device import MeshDevice, is_or_has_any
from tt_memwatch.earlier_system import has_cleanup_of_its_own
from tt_memwatch.end_of_test import conclude_always, conclude_on_growth, conclude_wider, set_aside
from tt_memwatch.fixtures import Fixtures
from tt_memwatch.host_memory import HostMemory
from tt_memwatch.left_memory import Left
from tt_memwatch.marker import TestOptions
from tt_memwatch.memory_errors import is_kept_by_wider_fixture, memory_error
from tt_memwatch.origins.explain import GraphCapture, Inside
from tt_memwatch.running_test import TestInProgress

#: Longest reason why a test was not checked, in characters.
REASON_MAX = 1_000


@dataclass
class Watch:
    """What the hooks in plugin.py report, in pytest's order."""

    measured: MeasuredDevices
    clear: str
    left: Left
    fixtures: Fixtures
    host: HostMemory
    #: pytest's caller of the suite's hooks that come before the look at what a test left.
    hooks_before_look: Any
    test: TestInProgress | None = None
    interrupted: bool = False
    #: Number of the repeat that is to begin or runs; 0 while tests run as pytest asks.
    repeat: int = 0
    #: Identity of the exception of a wider fixture that was reported last: pytest raises it again.
    told_of_fixture: int | None = None
    #: So many runs of each test only warm up, unless its marker says otherwise.
    warm_up: int = 0
    #: The run of a test that ended last.
    ended: TestInProgress | None = None
    #: The running test is run again before anybody says whether it left something.
    is_judged_later: bool = False
    #: Records what happens inside of operations; None where nobody asked for it.
    capture: GraphCapture | None = None

    def begin_in_fork(self) -> None:
        """A test is about to begin in a forked child: it reports as a process of its own from now on."""
        if self.measured.engine.join_in_fork():
            self.test = None
            self.host.start_over()
            self.fixtures.leave_to_parent()
            self.measured.leave_to_parent()

    # ── one test ──────────────────────────────────────────────────────────────────────────────────────────────────

    def begin_test(
        self, item: pytest.Item, name: str, attempt: int, options: TestOptions, base: str, index: int
    ) -> None:
        """`name` and `base`: node id of the test and of its code."""
        self.fixtures.being_set_up.clear()
        warm_up = self.warm_up if options.warm_up is None else options.warm_up
        test = TestInProgress(item, name, attempt, options, self.repeat, warm_up)
        measured, tracing = self.measured, self.measured.tracing
        test.tell_begin(measured.engine, base, index, self.host)
        # A test that the engine has not heard of must not end there.
        self.test = test
        if not (measured.watched and measured.engine.writer.look("before")):
            kept = self.left.kept()
            measured.look_before()
            self.left.tell_holders_of_lasting(kept)
        if self.clear == "always":
            test.events_before = tracing.recorded()
        tracing.begin_test(name)
        if self.fixtures.inherited and self.fixtures.are_of_parent(item):
            self.not_checked(
                "it ran in a forked process, on a device that was opened before the fork and can only be asked by the "
                "process that opened it: open the device in the forked process"
            )
        # Once a test: if the process dies, the engine knows in which test, and all of the ones before.
        if measured.engine.waiting:
            measured.engine.show()

    def begin_call(self) -> None:
        """The test's fixtures are ready."""
        test = self.test
        if test is None:
            return
        if test.has_own_fixtures:
            self.measured.look_again_everywhere("after-setup")
        test.phase = "call"
        self.measured.tracing.enter("call")
        # Whoever looks on sees that the call runs, and what was opened for it.
        if self.measured.engine.waiting:
            self.measured.engine.show()
        test.ready = REAL.perf_counter()
        if self.capture is not None and self.measured.allocators:
            self.capture.begin()

    def end_call(self) -> None:
        if self.capture is not None:
            self._tell_inside(self.capture.end())
        test = self.test
        if test is None:
            return
        if test.has_own_fixtures:
            self.measured.look_again_everywhere("after-call")
        test.phase = "teardown"
        self.measured.tracing.enter("teardown")
        if self.measured.engine.waiting:
            self.measured.engine.show(sends=False)

    def end_test(self) -> None:
        test = self.test
        if test is None:
            return
        engine, tracing = self.measured.engine, self.measured.tracing
        if test.may_clean:
            suite_cleaning_hook.forget(test.item)
        if self.measured.open_devices.may_be_unreachable:
            self._note_unreachable_devices()
        if not engine.writer.end(test.name, test.attempt, test.outcome, test.began, self.host.is_wanted):
            test.tell_end(engine, self.host)
            missed = tracing.check()
            if missed is not None:
                engine.queue("tracing", state="unavailable", reason=missed, ring=None)
        # Nobody may keep what a failure holds but those who did before.
        test.failures = ()
        self.test, self.ended = None, test
        tracing.enter(None)
        if engine.waiting:
            engine.show(sends=engine.is_of_a_fork)

    def interrupt(self) -> None:
        """pytest was interrupted: the running test does not end, and is not measured."""
        self.interrupted = True
        if self.test is not None:
            self.not_checked("the test was interrupted")

    def not_checked(self, reason: str, **place: object) -> None:
        """`mark`: the file and line of the test's marker, where that is why."""
        self.measured.engine.queue("not-checked", reason=reason, **place)

    def note_failure(self, failure: BaseException) -> None:
        """A phase of the test failed. If it ran out of memory, report that while the traceback keeps what was live."""
        test = self.test
        fields = memory_error(failure) if self.measured.engine.connected else None
        if test is None or fields is None:
            return
        if is_kept_by_wider_fixture(failure, test.item):
            was_told, self.told_of_fixture = self.told_of_fixture == id(failure), id(failure)
            if was_told:
                return
        mark = self.measured.tracing.mark()
        if mark is None and test.phase != "teardown":
            self.measured.look_everywhere(f"after-{test.phase}")
        number = None if mark is None else mark.number
        self.measured.engine.queue("memory-error", mark=number, atNs=REAL.monotonic_ns(), **fields)

    def _note_unreachable_devices(self) -> None:
        unreachable = self.measured.open_devices.unreachable()
        if unreachable:
            names = ", ".join(map(str, unreachable))
            self.not_checked(
                f"an open device (id {names}) could not be asked, because the native part of tt-memwatch is missing: "
                "install a C++ compiler and run `make setup`, or give the device by a fixture"
            )

    # ── devices ───────────────────────────────────────────────────────────────────────────────────────────────────

    def device_opened(self, device: MeshDevice) -> None:
        if self.test is not None:
            self.test.has_opened = True
        self.measured.look([device], "open", self.fixtures.device_opened(device))

    def devices_closing(self, devices: list[MeshDevice]) -> None:
        """The last moment at which the devices can be asked. A part of a mesh that is closed first takes it along."""
        test = self.test
        roots = [root for root in self.measured.devices() if is_or_has_any(root, devices)]
        if test is None or self.interrupted or test.phase == "setup":
            # What is there of an interrupted test is its own, and nothing else of it will be seen.
            self.measured.look(roots, "after" if test is not None and self.interrupted else "close")
            return
        heard = [root for root in roots if root.id() not in test.concluded]
        test.concluded = {*test.concluded, *(root.id() for root in heard)}
        if not heard:
            return
        if test.phase == "call":
            self._conclude_within(test, heard)
        elif test.is_concluded:
            conclude_wider(self.measured, test, heard, clears=self.clear != "never")
            self.left.tell_waiting(heard)
        else:
            self._conclude(test, heard, goes_on=False)

    def device_ended(self, key: int) -> None:
        self.fixtures.forget(key)
        self.measured.forget(key)

    def places(self) -> list[object]:
        return self.fixtures.places(self.test.item) if self.test is not None else []

    def end_session(self) -> None:
        """Tests are over, and devices may be open still."""
        search = self.left.search_shortly if self.interrupted else self.left.search
        search(self.measured.devices())
        self.measured.engine.flush()

    # ── fixtures ──────────────────────────────────────────────────────────────────────────────────────────────────

    def before_fixture(self, fixturedef: Any) -> None:
        self.fixtures.before(fixturedef, self.test)

    def after_fixtures(self) -> None:
        self.fixtures.after(self.test)

    # ── the end of a test ─────────────────────────────────────────────────────────────────────────────────────────

    def has_left_nothing(self) -> bool:
        """Whether the test's own fixtures are over, and all devices that outlive it are as it found them.

        False where that takes more than a look.
        """
        test = self.test
        if test is None or test.may_clean or test.options.skip or self.interrupted or self.clear == "always":
            return False
        if self.hooks_before_look.get_hookimpls() or not self.measured.is_nothing_left():
            return False
        test.is_concluded = True
        return True

    def conclude_open_devices(self, do_wider_fixtures_end: Callable[[], bool]) -> None:
        """Measure what the test left on the devices that outlive it: its own fixtures are over, wider ones are not.

        Wider ones that end with it may hold what waits for a search.
        """
        test = self.test
        if test is None:
            return
        devices = self.measured.devices()
        if devices and not self.interrupted:
            self._conclude(test, devices, goes_on=True)
            if self.measured.is_waiting(devices) and do_wider_fixtures_end():
                self.left.search(devices)
        test.is_concluded = True

    def teardown_reported(self) -> None:
        """The teardown of a fixture that failed keeps its tensors until it is reported."""
        test = self.test
        if test is None or test.options.skip or not test.failures:
            return
        set_aside(self.measured, test, self.measured.devices(), self.measured.has_any_of_the_test)

    def _conclude(self, test: TestInProgress, devices: Sequence[MeshDevice], goes_on: bool) -> None:
        if test.options.skip:
            self.measured.look(devices, "after")
            self.not_checked(f"skipped by its marker: {test.options.reason or 'no reason given'}")
            return
        is_last = goes_on or len(devices) == len(self.measured.devices())
        problem = suite_cleaning_hook.clean(test.item, devices, is_last)
        if problem is not None:
            self.not_checked(problem[:REASON_MAX])
        # Where the suite has a cleanup fixture of its own, that clears and we only measure.
        if self.clear == "always" and not has_cleanup_of_its_own(test.item) and self._is_used_by(test):
            conclude_always(self.measured, test, devices, goes_on)
        else:
            conclude_on_growth(self.measured, test, devices, goes_on, clears=self.clear != "never")
        self.left.note(test, devices, goes_on)

    def _conclude_within(self, test: TestInProgress, devices: Sequence[MeshDevice]) -> None:
        """The test closes a device itself: what its own frames hold, or nothing, goes with the device."""
        self.measured.look(devices, "after")
        if self.measured.has_grown(devices) and not test.options.skip:
            self.left.set_aside_what_the_test_uses(test, devices)
            self.left.note(test, devices, goes_on=False)

    def _is_used_by(self, test: TestInProgress) -> bool:
        """Whether the test used a device; one that is merely open is only looked at."""
        asks = test.has_opened or self.fixtures.give_device(test.item)
        return asks or (self.measured.tracing.recorded() or 0) != (test.events_before or 0)

    def _tell_inside(self, buffers: Sequence[Inside]) -> None:
        for device, memory_type, address, functions in buffers:
            if device in self.measured.allocators and functions:
                self.measured.engine.queue(
                    "inside", device=device, memoryType=memory_type, address=hex(address), functions=functions
                )

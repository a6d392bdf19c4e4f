"""Watches one pytest process: what each test found on the devices, and what it left there.

A device is one that was opened, however. It is measured when it is opened, around each test while it is open, and for
the last time when it is about to be closed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tt_memwatch.conclude import conclude_always, conclude_on_growth, conclude_wider, set_aside
from tt_memwatch.devices.measured_devices import MeasuredDevices, reference
from tt_memwatch.devices.mesh_device import MeshDevice, find_devices, with_submeshes
from tt_memwatch.in_progress import TestInProgress
from tt_memwatch.left import Left
from tt_memwatch.node_ids import node_id
from tt_memwatch.options import TestOptions
from tt_memwatch.origins.explain import GraphCapture, Inside


@dataclass
class Watch:
    """What the hooks in plugin.py tell, in the order pytest tells it."""

    measured: MeasuredDevices
    clear: str
    left: Left
    #: Fixtures that give devices, by name: from the suite's options, and those that were seen to.
    device_fixtures: set[str]
    test: TestInProgress | None = None
    #: The suite has a cleanup fixture of its own: it clears, we only measure.
    suite_cleans: bool = False
    interrupted: bool = False
    #: Number of the repeat that is to begin or runs; 0 while tests run as pytest asks.
    repeat: int = 0
    #: Records what happens inside of operations; None where nobody asked for it.
    capture: GraphCapture | None = None
    #: Fixtures that opened the devices that are open, by the devices' keys.
    _openers: dict[int, str] = field(default_factory=dict)
    #: In a forked child: fixtures whose devices were opened before the fork.
    _inherited: set[str] = field(default_factory=set)
    #: Fixtures that are being set up, innermost last, each with the devices that were open before.
    _setting_up: list[tuple[Any, frozenset[int]]] = field(default_factory=list)

    def begin_in_fork(self) -> None:
        """A test is about to begin in a forked child: it reports as a process of its own from now on."""
        if self.measured.engine.join_in_fork():
            self.test = None
            self._inherited.update(self._openers.values())
            self.measured.leave_to_parent()

    # ── one test ──────────────────────────────────────────────────────────────────────────────────────────────────

    def begin_test(self, item: pytest.Item, attempt: int, options: TestOptions, base: str, index: int) -> None:
        self._setting_up.clear()
        self.test = TestInProgress(item, attempt, options, self.repeat)
        self.measured.engine.queue(
            "test-begin",
            test=node_id(item),
            attempt=attempt,
            base=base,
            index=index,
            repeat=self.repeat,
            limits={"total": options.limits.total, "perType": options.limits.per_type},
            reason=options.reason,
        )
        kept = self.left.kept()
        self.measured.look_everywhere("before")
        self.left.tell_holders_of_lasting(kept)
        self.test.events_before = self.measured.tracing.events()
        self.measured.tracing.enter(self.test.phase)
        if not self._inherited.isdisjoint(getattr(item, "fixturenames", ())):
            self.not_checked(
                "it ran in a forked process, on a device that was opened before the fork and can only be asked by the "
                "process that opened it: open the device in the forked process"
            )
        # Once a test: if the process dies, the engine knows in which test, and all of the ones before.
        self.measured.engine.flush()

    def begin_call(self) -> None:
        """The test's fixtures are ready."""
        self._end_phase("after-setup", "call")
        if self.test is not None:
            self.test.ready = time.perf_counter()
            if self.capture is not None and self.measured.allocators:
                self.capture.begin()

    def end_call(self) -> None:
        if self.capture is not None:
            self._tell_inside(self.capture.end())
        self._end_phase("after-call", "teardown")

    def end_test(self) -> None:
        test = self.test
        if test is None:
            return
        self._note_unreachable_devices()
        self.measured.engine.queue(
            "test-end",
            test=node_id(test.item),
            attempt=test.attempt,
            outcome=test.outcome,
            durationMs=test.duration_ms(),
            atNs=time.monotonic_ns(),
        )
        missed = self.measured.tracing.check()
        if missed is not None:
            self.measured.engine.queue("tracing", state="unavailable", reason=missed, ring=None)
        self.test = None
        self.measured.tracing.enter(None)
        if self.measured.engine.is_of_a_fork:
            self.measured.engine.flush()

    def not_checked(self, reason: str) -> None:
        self.measured.engine.queue("not-checked", reason=reason)

    def _end_phase(self, moment: str, following: str) -> None:
        if self.test is not None:
            if self.test.has_own_fixtures:
                self.measured.look_everywhere(moment)
            self.test.phase = following
            self.measured.tracing.enter(following)

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
        opener = self._setting_up[-1][0] if self._setting_up else None
        if opener is not None:
            self.device_fixtures.add(opener.argname)
            self._openers[device.id()] = opener.argname
        self.measured.look([device], "open", reference(opener) if opener is not None else None)

    def devices_closing(self, devices: list[MeshDevice]) -> None:
        """The last moment at which the devices can be asked. A part of a mesh that is closed first takes it along."""
        test = self.test
        roots = [root for root in self.measured.devices() if _is_or_has_any(root, devices)]
        if test is None or self.interrupted or test.phase == "setup":
            self.measured.look(roots, "close")
            return
        heard = [root for root in roots if root.id() not in test.concluded]
        test.concluded.update(root.id() for root in heard)
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
        self._openers.pop(key, None)
        self.measured.forget(key)

    def places(self) -> list[object]:
        """Where a device may be, for machines without the native part: values of fixtures, globals of the test."""
        if self.test is None:
            return []
        item: Any = self.test.item
        info = getattr(item, "_fixtureinfo", None)
        definitions = [d for ds in info.name2fixturedefs.values() for d in ds] if info is not None else []
        values = [definition.cached_result[0] for definition in definitions if definition.cached_result is not None]
        module, instance = getattr(item, "module", None), vars(item).get("_instance")
        return [values, *(vars(owner) for owner in (module, instance) if owner is not None)]

    def end_session(self) -> None:
        """Tests are over, and devices may be open still."""
        if not self.interrupted:
            self.left.search(self.measured.devices())
        self.measured.engine.flush()

    # ── fixtures ──────────────────────────────────────────────────────────────────────────────────────────────────

    def before_fixture(self, fixturedef: Any) -> None:
        """What the test itself allocated so far is not a wider fixture's."""
        self._setting_up.append((fixturedef, frozenset(self.measured.open_devices.keys())))
        if fixturedef.scope == "function":
            return
        self._look_before_fixture()
        self.measured.tracing.enter("fixture", reference(fixturedef))

    def after_fixtures(self) -> None:
        """Some fixture may be ready, or may have failed: then it has a result."""
        while self._setting_up and self._setting_up[-1][0].cached_result is not None:
            fixturedef, opened_before = self._setting_up.pop()
            if fixturedef.scope != "function":
                self._enter_what_goes_on()
            value, _, failure = fixturedef.cached_result
            if failure is None:
                self._after_fixture(fixturedef, value, opened_before)

    def _enter_what_goes_on(self) -> None:
        outer = self._setting_up[-1][0] if self._setting_up else None
        if outer is not None and outer.scope != "function":
            self.measured.tracing.enter("fixture", reference(outer))
        else:
            self.measured.tracing.enter(self.test.phase if self.test is not None else None)

    def _after_fixture(self, fixturedef: Any, value: object, opened_before: frozenset[int]) -> None:
        """Charge a wider fixture with what it allocated, and one that opened a device with what it put there."""
        opened = [device for device in self.measured.devices() if device.id() not in opened_before]
        self.measured.look(opened, "open", reference(fixturedef))
        if opened or next(find_devices(value, depth=1), None) is not None:
            self.device_fixtures.add(fixturedef.argname)
        if fixturedef.scope != "function":
            self.measured.look_everywhere("fixture", reference(fixturedef))
        elif fixturedef.argname not in self.device_fixtures and self.test is not None and self.measured.allocators:
            self.test.has_own_fixtures = True

    def fixture_ended(self, fixturedef: Any) -> None:
        if not self.measured.allocators:
            return
        if fixturedef.scope != "function":
            self.measured.engine.queue("fixture-end", fixture=reference(fixturedef))
        if self.test is not None:
            self.test.ended_fixtures.add(fixturedef.argname)

    def _look_before_fixture(self) -> None:
        if self.test is None:
            return
        if self.test.phase == "call":
            self.test.has_own_fixtures = True
        if self.test.has_own_fixtures:
            self.measured.look_everywhere("after-call" if self.test.phase == "call" else "after-setup")

    # ── the end of a test ─────────────────────────────────────────────────────────────────────────────────────────

    def conclude_open_devices(self) -> None:
        """Measure what the test left on the devices that outlive it: its own fixtures are over, wider ones are not."""
        test = self.test
        if test is None:
            return
        devices = self.measured.devices()
        if devices and not self.interrupted:
            self._conclude(test, devices, goes_on=True)
        test.is_concluded = True

    def teardown_reported(self) -> None:
        """The teardown of a fixture that failed keeps its tensors until it is reported."""
        test = self.test
        if test is None or test.options.skip or not test.failures:
            return
        devices = self.measured.devices()
        if self.measured.has_any_of_the_test(devices):
            set_aside(self.measured, test, devices)

    def _conclude(self, test: TestInProgress, devices: Sequence[MeshDevice], goes_on: bool) -> None:
        if test.options.skip:
            self.measured.look(devices, "after")
            self.not_checked(f"skipped by its marker: {test.options.reason or 'no reason given'}")
            return
        if self.clear == "always" and not self.suite_cleans and self._is_used_by(test):
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
        names = getattr(test.item, "fixturenames", ())
        asks = test.has_opened or not self.device_fixtures.isdisjoint(names)
        return asks or self.measured.tracing.events() != test.events_before

    def _tell_inside(self, buffers: Sequence[Inside]) -> None:
        for device, memory_type, address, functions in buffers:
            if device in self.measured.allocators and functions:
                self.measured.engine.queue(
                    "inside", device=device, memoryType=memory_type, address=hex(address), functions=functions
                )


def _is_or_has_any(root: MeshDevice, devices: Sequence[MeshDevice]) -> bool:
    ids = {device.id() for device in devices}
    return any(part.id() in ids for part in with_submeshes(root))

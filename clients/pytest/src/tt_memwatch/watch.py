"""Watches one pytest process: which devices are open, what each test found, and what it left.

A device is known by the fixture that gave it, and is measured for the last time by a finalizer of that fixture, which runs after all that
depends on the device and before the device is closed. Devices of wider fixtures are measured when the test's own fixtures are over.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import pytest

from tt_memwatch.cleanup import clear_program_cache, logger, request_dump
from tt_memwatch.devices import MAX_SEARCH_DEPTH, MeshDevice, OpenDevices, find_devices, with_submeshes
from tt_memwatch.engine import Engine
from tt_memwatch.measure import Allocator, DeviceFacts
from tt_memwatch.options import TestOptions
from tt_memwatch.tensors import describe_tensors

#: Fixtures of tt-metal's conftest files that give devices, also inside other objects.
DEVICE_FIXTURES = frozenset(
    {
        "device",
        "mesh_device",
        "bh_1d_mesh_device",
        "bh_2d_mesh_device",
        "pcie_mesh_device",
        "t3k_single_board_mesh_device",
        "t3k_mesh_device",
        "n300_mesh_device",
        "all_devices",
        "pcie_devices",
    }
)

_LAST_EXCEPTION = ("last_type", "last_value", "last_traceback", "last_exc")


@dataclass
class Giver:
    """The fixture whose value a device is in. The device itself is fetched from the value each time, never kept."""

    fixturedef: Any
    depth: int

    def device(self, key: int) -> MeshDevice | None:
        cached = self.fixturedef.cached_result
        if cached is None or cached[2] is not None:
            return None
        return next((d for d in find_devices(cached[0], self.depth) if d.id() == key), None)


@dataclass
class TestInProgress:
    """One attempt of one test."""

    item: pytest.Item
    attempt: int
    options: TestOptions
    began: float = field(default_factory=time.perf_counter)
    phase: str = "setup"
    failed: bool = False
    outcome: str = "passed"
    #: A fixture of the test itself ran, other than those that give devices: it may allocate in setup and teardown.
    has_own_fixtures: bool = False
    opened_before: frozenset[int] = frozenset()
    used_device: bool = False
    #: Growth by logical device and memory type, in bytes on each chip.
    grown: dict[tuple[int, str], int] = field(default_factory=dict)


@dataclass
class Watch:
    """All that one pytest process knows. Methods are called by the hooks in plugin.py; none of them raises."""

    engine: Engine
    clear: str
    device_fixtures: frozenset[str]
    open_devices: OpenDevices = field(default_factory=OpenDevices)
    test: TestInProgress | None = None
    #: The suite has a cleanup fixture of its own: it clears, we only measure.
    suite_cleans: bool = False
    interrupted: bool = False
    _givers: dict[int, Giver] = field(default_factory=dict)
    _allocators: dict[int, Allocator] = field(default_factory=dict)

    # ── one test ────────────────────────────────────────────────────────────────────────────────────────────────────

    def begin_test(self, item: pytest.Item, attempt: int, options: TestOptions, base: str, index: int) -> None:
        self.test = TestInProgress(item, attempt, options, opened_before=self.open_devices.opened())
        limits = {"total": options.limits.total, "perType": options.limits.per_type}
        self.engine.queue(
            "test-begin", test=item.nodeid, attempt=attempt, base=base, index=index, limits=limits, reason=options.reason
        )
        self._measure("before")

    def begin_call(self) -> None:
        """The test's fixtures are ready. What was seen so far is sent, so that it is known even if the process dies now."""
        if self.test is not None:
            if self.test.has_own_fixtures:
                self._measure("after-setup")
            self.test.phase = "call"
        self.engine.flush()

    def end_call(self) -> None:
        if self.test is not None:
            if self.test.has_own_fixtures:
                self._measure("after-call")
            self.test.phase = "teardown"

    def end_test(self) -> None:
        test = self.test
        if test is None:
            return
        self._say_what_was_not_seen(test)
        self.engine.queue(
            "test-end",
            test=test.item.nodeid,
            attempt=test.attempt,
            outcome=test.outcome,
            durationMs=round((time.perf_counter() - test.began) * 1000, 3),
        )
        self.engine.flush()
        self.test = None

    # ── fixtures ────────────────────────────────────────────────────────────────────────────────────────────────────

    def before_wider_fixture(self) -> None:
        """What the test itself allocated so far is not the fixture's."""
        if self.test is None:
            return
        if self.test.phase == "call":
            self.test.has_own_fixtures = True
        if self.test.has_own_fixtures:
            self._measure("after-call" if self.test.phase == "call" else "after-setup")

    def after_fixture(self, fixturedef: Any, value: object, opened_before: frozenset[int]) -> None:
        """Take on the devices a fixture gives, and charge a wider fixture with what it allocated."""
        gives_device = self._take_devices(fixturedef, value, opened_before)
        if fixturedef.scope != "function":
            self._measure("fixture", _reference(fixturedef))
        elif not gives_device and self.test is not None and self._allocators:
            self.test.has_own_fixtures = True

    def fixture_ended(self, fixturedef: Any) -> None:
        if not self._allocators:
            return
        if fixturedef.scope != "function":
            self.engine.queue("fixture-end", fixture=_reference(fixturedef))
        if self.test is not None:
            # pytest keeps the value of a fixture that is over until the whole test is: that is no holder of the test's making.
            getattr(self.test.item, "funcargs", {}).pop(fixturedef.argname, None)

    def _take_devices(self, fixturedef: Any, value: object, opened_before: frozenset[int]) -> bool:
        """Whether the fixture's value is, or holds, a device: one taken on now or known before."""
        named = fixturedef.argname in self.device_fixtures
        deep = named or bool(self.open_devices.opened() - opened_before)
        depth = MAX_SEARCH_DEPTH if deep else 1
        devices = list(find_devices(value, depth))
        for device in devices:
            key = device.id()
            if key in self._givers or not self.open_devices.is_open(device):
                continue
            giver = self._givers[key] = Giver(fixturedef, depth)
            self._measure_tree(device, "open", _reference(fixturedef))
            fixturedef.addfinalizer(lambda key=key, giver=giver: self._before_close(key, giver))
        return bool(devices) or named

    def _before_close(self, key: int, giver: Giver) -> None:
        """The last moment at which the device can be asked: all that depends on it is over, and it is still open."""
        try:
            device = giver.device(key)
            if device is not None and self.open_devices.is_open(device):
                self._last_look(device, giver)
            elif self.test is not None:
                self.test.used_device = True
                self.not_checked("the device was closed before it could be measured: let the fixture that opened it close it")
        finally:
            del self._givers[key]
            for gone in [k for k, a in self._allocators.items() if k == key or a.facts.parent == key]:
                del self._allocators[gone]

    def _last_look(self, device: MeshDevice, giver: Giver) -> None:
        if self.interrupted:
            self._measure_tree(device, "close")
        elif giver.fixturedef.scope == "function":
            self._conclude([device], goes_on=False)
        else:
            self._close_wider(device)

    def _close_wider(self, device: MeshDevice) -> None:
        """Fixtures that used the device are over: what is left belongs to nobody, or to the program cache."""
        if self._is_holding(device):
            gc.collect()
        self._measure_tree(device, "close")
        if self.clear != "never" and self._is_holding(device) and device.num_program_cache_entries() > 0:
            clear_program_cache(device, goes_on=False)
            gc.collect()
            self._measure_tree(device, "after-clear")

    # ── the end of a test, per device ───────────────────────────────────────────────────────────────────────────────

    def conclude_open_devices(self) -> None:
        """Measure what the test left on the devices that outlive it."""
        if self.test is None or self.interrupted:
            return
        devices = list(self._devices())
        if devices:
            self._conclude(devices, goes_on=True)

    def _conclude(self, devices: list[MeshDevice], goes_on: bool) -> None:
        if self.test is not None:
            self.test.used_device = True
            if self.test.options.skip:
                self._measure_all(devices, "after")
                self.not_checked(f"skipped by its marker: {self.test.options.reason or 'no reason given'}")
                return
        if self.clear == "always" and not self.suite_cleans and self._is_used():
            self._conclude_always(devices, goes_on)
        else:
            self._conclude_on_growth(devices, goes_on)
        self._note_growth(devices)

    def _is_used(self) -> bool:
        """Whether the test asks for a fixture that gives a device; one that is merely open is only looked at."""
        names = getattr(self.test.item, "fixturenames", ()) if self.test is not None else ()
        return any(giver.fixturedef.argname in names for giver in self._givers.values())

    def _conclude_always(self, devices: list[MeshDevice], goes_on: bool) -> None:
        """The earlier system's sequence, with its words."""
        log = logger()
        log.info("CLEANUP: Starting post-test cleanup...")
        log.info("CLEANUP: Running garbage collection...")
        gc.collect()
        self._measure_all(devices, "after-collect")
        self._release_failure(devices)
        log.info("CLEANUP: Clearing program cache...")
        for device in devices:
            clear_program_cache(device, goes_on)
        log.info("✓ Program cache cleared")
        gc.collect()
        self._measure_all(devices, "after-clear")
        log.info("CLEANUP: Requesting buffer dump from allocation server...")
        try:
            request_dump()
            log.info("✓ Buffer dump requested (check allocation server output)")
        except OSError as error:
            self._say_no_server(log, error)
        log.info("✓ Post-test cleanup complete")

    def _say_no_server(self, log: Any, error: OSError) -> None:
        if self.engine.connected:
            log.info("✓ Buffer dump requested (check allocation server output)")
        else:
            log.warning(f"Could not request buffer dump: {error}")

    def _conclude_on_growth(self, devices: list[MeshDevice], goes_on: bool) -> None:
        self._measure_all(devices, "after")
        if not self._grown(devices):
            return
        gc.collect()
        self._measure_all(devices, "after-collect")
        self._release_failure(devices)
        if self.clear != "never" and self._grown(devices):
            for device in devices:
                clear_program_cache(device, goes_on)
            gc.collect()
            self._measure_all(devices, "after-clear")

    def _release_failure(self, devices: list[MeshDevice]) -> None:
        """Drop the traceback of the failed test, which keeps its tensors alive, and see what goes with it."""
        if self.test is None or not self.test.failed or not self._grown(devices):
            return
        for name in _LAST_EXCEPTION:
            sys.__dict__.pop(name, None)
        # pytest-rerunfailures keeps the exceptions of an attempt for its conditions: they stay, without their frames' locals.
        kept = getattr(self.test.item, "_rerun_condition_excinfos", {})
        for excinfo in [e for excinfos in kept.values() for e in excinfos]:
            _empty_frames(excinfo.tb)
        gc.collect()
        self._measure_all(devices, "after-release")

    def _note_growth(self, devices: list[MeshDevice]) -> None:
        test = self.test
        for device in devices:
            for part in self._tree(device):
                allocator = self._allocators[part.id()]
                if test is not None and allocator.grown:
                    for name, size in allocator.grown_bytes().items():
                        where = (allocator.facts.chips[0], name)
                        test.grown[where] = test.grown.get(where, 0) + size
                    self._describe(test, part, allocator)

    def _describe(self, test: TestInProgress, device: MeshDevice, allocator: Allocator) -> None:
        wanted = {(b.memory_type, b.address) for b in allocator.grown}
        values = [g.fixturedef.cached_result[0] for g in self._givers.values() if g.fixturedef.cached_result]
        module = getattr(test.item, "module", None)
        for found in describe_tensors(device.id(), wanted, [vars(module) if module else {}, *values]):
            self.engine.queue("tensor", device=device.id(), **found)

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _devices(self) -> Iterator[MeshDevice]:
        for key, giver in list(self._givers.items()):
            device = giver.device(key)
            if device is not None and self.open_devices.is_open(device):
                yield device

    def _tree(self, device: MeshDevice) -> list[MeshDevice]:
        """The device and its open sub-meshes that have been looked at."""
        return [d for d in with_submeshes(device) if self.open_devices.is_open(d) and d.id() in self._allocators]

    def _is_holding(self, device: MeshDevice) -> bool:
        return any(blocks for d in self._tree(device) for blocks in self._allocators[d.id()].blocks.values())

    def _grown(self, devices: Iterable[MeshDevice]) -> bool:
        return any(self._allocators[d.id()].has_grown() for device in devices for d in self._tree(device))

    def _measure(self, moment: str, fixture: dict[str, str] | None = None) -> None:
        self._measure_all(self._devices(), moment, fixture)

    def _measure_all(self, devices: Iterable[MeshDevice], moment: str, fixture: dict[str, str] | None = None) -> None:
        for device in devices:
            self._measure_tree(device, moment, fixture)

    def _measure_tree(
        self, device: MeshDevice, moment: str, fixture: dict[str, str] | None = None, parent: int | None = None
    ) -> None:
        if not self.open_devices.is_open(device):
            return
        key = device.id()
        allocator = self._allocators.get(key)
        if allocator is None:
            allocator = self._allocators[key] = Allocator(DeviceFacts.of(device, parent))
        measured = allocator.measure(device, moment)
        measured.fixture = fixture
        self.engine.queue_measurement(allocator.facts, measured)
        for mesh in device.get_submeshes():
            self._measure_tree(mesh, moment, fixture, key)

    # ── what could not be seen ──────────────────────────────────────────────────────────────────────────────────────

    def not_checked(self, reason: str) -> None:
        self.engine.queue("not-checked", reason=reason)

    def _say_what_was_not_seen(self, test: TestInProgress) -> None:
        own = self.open_devices.opened() - test.opened_before - self._givers.keys()
        if own:
            test.used_device = True
            names = ", ".join(map(str, sorted(own)))
            self.not_checked(f"it opened a device itself (id {names}) and left it open: only devices of fixtures can be measured")


def _empty_frames(tb: TracebackType | None) -> None:
    """Drop the locals of all finished frames. A frame whose `f_locals` was read keeps a copy until it is read again (CPython <= 3.12)."""
    while tb is not None:
        try:
            tb.tb_frame.clear()
        except RuntimeError:
            pass  # still running
        else:
            _ = tb.tb_frame.f_locals
        tb = tb.tb_next


def _reference(fixturedef: Any) -> dict[str, str]:
    return {"name": fixturedef.argname, "scope": fixturedef.scope, "baseId": fixturedef.baseid or ""}

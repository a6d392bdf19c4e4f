"""Which fixture runs, and what it put on a device."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tt_memwatch import suite_cleaning_hook
from tt_memwatch.devices.measured_devices import MeasuredDevices
from tt_memwatch.devices.mesh_device import MeshDevice, find_devices
from tt_memwatch.running_test import TestInProgress


@dataclass
class Fixtures:
    """The fixtures of a session, as pytest sets them up and ends them."""

    measured: MeasuredDevices
    #: Fixtures that give devices, by name: from the suite's options, and those that were seen to.
    device_fixtures: set[str]
    #: Fixtures that opened the devices that are open, by the devices' keys.
    _openers: dict[int, str] = field(default_factory=dict)
    #: In a forked child: fixtures whose devices were opened before the fork.
    inherited: set[str] = field(default_factory=set)
    #: Fixtures that are being set up, innermost last, each with the devices that were open before.
    being_set_up: list[tuple[Any, frozenset[int]]] = field(default_factory=list)

    def leave_to_parent(self) -> None:
        """In a forked child: devices that are open already are the parent's."""
        self.inherited.update(self._openers.values())

    def are_of_parent(self, item: pytest.Item) -> bool:
        """Whether the test uses a fixture whose device was opened before the fork."""
        return not self.inherited.isdisjoint(getattr(item, "fixturenames", ()))

    def give_device(self, item: pytest.Item) -> bool:
        """Whether the test uses a fixture that gives a device."""
        return not self.device_fixtures.isdisjoint(getattr(item, "fixturenames", ()))

    def device_opened(self, device: MeshDevice) -> dict[str, str] | None:
        """The fixture that opened it; None where a test or an import did."""
        opener = self.being_set_up[-1][0] if self.being_set_up else None
        if opener is None:
            return None
        self.device_fixtures.add(opener.argname)
        self._openers[device.id()] = opener.argname
        return reference(opener)

    def forget(self, key: int) -> None:
        """The device has ended."""
        self._openers.pop(key, None)

    def places(self, item: Any) -> list[object]:
        """Where a device may be, for machines without the native part: values of fixtures, globals of the test."""
        info = getattr(item, "_fixtureinfo", None)
        definitions = [d for ds in info.name2fixturedefs.values() for d in ds] if info is not None else []
        values = [definition.cached_result[0] for definition in definitions if definition.cached_result is not None]
        module, instance = getattr(item, "module", None), vars(item).get("_instance")
        return [values, *(vars(owner) for owner in (module, instance) if owner is not None)]

    def before(self, fixturedef: Any, test: TestInProgress | None) -> None:
        """What the test itself allocated so far is not a wider fixture's."""
        if test is not None and fixturedef.argname == suite_cleaning_hook.FIXTURE:
            test.may_clean = True
        self.being_set_up.append((fixturedef, frozenset(self.measured.open_devices.keys())))
        if fixturedef.scope == "function":
            return
        self._look_before(test)
        self.measured.tracing.enter_fixture(reference(fixturedef))

    def after(self, test: TestInProgress | None) -> None:
        """Some fixture may be ready, or may have failed: then it has a result."""
        while self.being_set_up and self.being_set_up[-1][0].cached_result is not None:
            fixturedef, opened_before = self.being_set_up.pop()
            if fixturedef.scope != "function":
                self._enter_what_goes_on(test)
            value, _, failure = fixturedef.cached_result
            if failure is None:
                self._after(fixturedef, value, opened_before, test)

    def _enter_what_goes_on(self, test: TestInProgress | None) -> None:
        outer = self.being_set_up[-1][0] if self.being_set_up else None
        if outer is not None and outer.scope != "function":
            self.measured.tracing.enter_fixture(reference(outer))
        else:
            self.measured.tracing.enter(test.phase if test is not None else None)
            self.measured.engine.show(sends=False)

    def _after(
        self, fixturedef: Any, value: object, opened_before: frozenset[int], test: TestInProgress | None
    ) -> None:
        """Charge a wider fixture with what it allocated, and one that opened a device with what it put there."""
        opened = [device for device in self.measured.devices() if device.id() not in opened_before]
        self.measured.look(opened, "open", reference(fixturedef))
        if opened or next(find_devices(value, depth=1), None) is not None:
            self.device_fixtures.add(fixturedef.argname)
        if fixturedef.scope != "function":
            self.measured.look_everywhere("fixture", reference(fixturedef))
        elif fixturedef.argname not in self.device_fixtures and test is not None and self.measured.allocators:
            test.has_own_fixtures = True

    def ended_wider(self, fixturedef: Any) -> None:
        """A fixture of wider scope is over."""
        if self.measured.allocators:
            self.measured.engine.queue("fixture-end", fixture=reference(fixturedef))

    def _look_before(self, test: TestInProgress | None) -> None:
        if test is None:
            return
        if test.phase == "call":
            test.has_own_fixtures = True
        if test.has_own_fixtures:
            self.measured.look_everywhere("after-call" if test.phase == "call" else "after-setup")


def reference(fixturedef: Any) -> dict[str, str]:
    """A fixture as the protocol names it."""
    return {"name": fixturedef.argname, "scope": fixturedef.scope, "baseId": fixturedef.baseid or ""}


def do_wider_fixtures_end(stack: Any, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Whether fixtures that outlive the item, and do not outlive its teardown, have something to finish."""
    staying = set(nextitem.listchain()) if nextitem is not None else set()
    # The first finalizer of a node is the node's own teardown.
    return any(
        len(finalizers) > 1 for node, (finalizers, _) in stack.items() if node is not item and node not in staying
    )

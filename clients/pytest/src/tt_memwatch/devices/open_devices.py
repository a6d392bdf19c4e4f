"""Which devices this process has open, however they were opened, and how to get at one without keeping it.

Ours stand before ttnn's functions that open and close: opening is the first moment at which a device can be asked,
closing the last. Dropping the last reference to a device closes it, so none of ours may be held in between. What is
kept is the address of its Python object, which the native part gives back for as long as the object is there.

Asking the allocator of a closed device kills the process with SIGSEGV on ttnn 0.66, and no method knows closed from
open.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

from tt_memwatch.devices.mesh_device import MeshDevice, find_devices, with_submeshes
from tt_memwatch.ttnn_patches import Patches, leave, noting, part_of

_OPENERS = (
    ("_ttnn.device", "open_device"),
    ("_ttnn.device", "CreateDevice"),
    ("_ttnn.device", "CreateDevices"),
    ("_ttnn.multi_device", "open_mesh_device"),
    ("device", "open_device"),
    ("", "open_device"),
)
_CLOSERS = (
    ("_ttnn.device", "close_device"),
    ("_ttnn.device", "CloseDevice"),
    ("_ttnn.device", "CloseDevices"),
    ("_ttnn.multi_device", "close_mesh_device"),
    ("device", "CloseDevice"),
    ("device", "CloseDevices"),
    ("", "CloseDevice"),
    ("", "CloseDevices"),
)


class Listener(Protocol):
    """What hears of devices. It must not raise: the caller is the suite."""

    def device_opened(self, device: MeshDevice) -> None: ...

    def devices_closing(self, devices: list[MeshDevice]) -> None:
        """They are open still, and for the last time."""

    def device_ended(self, key: int) -> None:
        """It was closed, or let go of without being closed."""

    def places(self) -> list[object]:
        """Where a device may be found without the native part: in these values."""


class OpenDevices:
    """The open devices by `MeshDevice.id()`, which is unique for each opening."""

    def __init__(self) -> None:
        #: Address of each device's Python object; None where its end could not be learned.
        self._addresses: dict[int, int | None] = {}
        self._closed: set[int] = set()
        #: In a forked child: what was open before the fork.
        self._inherited: set[int] = set()
        #: Whether there was any device yet whose end could not be learned.
        self.may_be_unreachable = False
        self._patches = Patches()
        self._objects: Any = _native_part()
        #: One for each pytest session that runs; sessions may be nested.
        self.listeners: list[Listener] = []

    def watch(self, ttnn: ModuleType) -> None:
        """Stand before ttnn's functions that open and close devices, until the process ends."""
        if self._patches:
            return
        for names, wrap in ((_OPENERS, self._noting_open), (_CLOSERS, self._noting_close)):
            for path, name in names:
                self._patches.wrap(part_of(ttnn, path), name, wrap)
        atexit.register(self._patches.restore)
        os.register_at_fork(after_in_child=self._note_fork)

    def _note_fork(self) -> None:
        self._inherited.update(self._addresses)

    def addresses(self) -> list[tuple[int, int | None]]:
        """Of the open devices: keys, and where their objects lie, as far as that is known."""
        return list(self._addresses.items())

    def keys(self) -> list[int]:
        return list(self._addresses)

    def is_open(self, device: MeshDevice) -> bool:
        return device.id() not in self._closed

    def is_of_parent(self, device: MeshDevice) -> bool:
        """Whether it was opened before the fork that made this process: asking it here may hang."""
        return device.id() in self._inherited

    def has_ended(self, key: int) -> bool:
        return key in self._closed

    def open(self) -> list[MeshDevice]:
        """The open devices, without their sub-meshes. Let go of them soon: a reference keeps a device open."""
        found = []
        for key, address in tuple(self._addresses.items()):
            device = self._find(key) if address is None else self._objects.borrow(address)
            if device is not None:
                found.append(device)
            elif self._addresses.get(key) is not None:
                self._end(key)
        return found

    def unreachable(self) -> list[int]:
        """Devices that are open, as far as is known, and cannot be got at: without the native part only."""
        return [key for key, address in self._addresses.copy().items() if address is None and self._find(key) is None]

    def remember(self, device: MeshDevice) -> int | None:
        """What gets the device back from `remembered`; None where nothing can without keeping it."""
        address: int | None = self._objects.remember(device) if self._objects is not None else None
        return address

    def remembered(self, address: int) -> MeshDevice | None:
        """The device at the address; None once it has ended."""
        device: MeshDevice | None = self._objects.borrow(address)
        return device

    def forget(self) -> None:
        """In a forked child: what its parent opened cannot be asked here."""
        self._closed.update(self._addresses)
        self._addresses.clear()

    def _find(self, key: int) -> MeshDevice | None:
        """A device that nothing remembers."""
        # An object of the suite's that is not known to be a device is not asked what it is.
        places = [place for listener in self.listeners for place in listener.places()]
        return next((d for place in places for d in find_devices(place, depth=2) if d.id() == key), None)

    def _noting_open(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def begin_devices(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            for device in find_devices(result, depth=1):
                self._begin(device)
            return result

        return noting(function, begin_devices)

    def _noting_close(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def closing(*args: Any, **kwargs: Any) -> Any:
            devices = [d for value in (*args, *kwargs.values()) for d in find_devices(value, depth=1)]
            devices = [device for device in devices if self.is_open(device)]
            try:
                for listener in self.listeners if devices else ():
                    listener.devices_closing(devices)
            finally:
                # Ctrl-C may have come while a listener looked: the device is closed all the same.
                for key in [part.id() for device in devices for part in with_submeshes(device) if self.is_open(part)]:
                    self._end(key)
                devices.clear()
                try:
                    result = function(*args, **kwargs)
                except BaseException as error:
                    __tracebackhide__ = True
                    leave(error)
                    del args, kwargs
                    raise
            return result

        return closing

    def _begin(self, device: MeshDevice) -> None:
        key = device.id()
        if key in self._addresses:
            return
        self._addresses[key] = self.remember(device)
        self.may_be_unreachable |= self._addresses[key] is None
        for listener in self.listeners:
            listener.device_opened(device)

    def _end(self, key: int) -> None:
        self._closed.add(key)
        self._addresses.pop(key, None)
        for listener in self.listeners:
            listener.device_ended(key)


def _native_part() -> Any:
    try:
        from tt_memwatch_tracer import Remembered

        return Remembered()
    except (ImportError, OSError):
        return None

"""Which ttnn devices there are, and which of them may still be asked.

Asking the allocator of a closed device kills the process with SIGSEGV on ttnn 0.66 and no method tells closed from
open, so opening and closing are noted by wrapping ttnn's own functions. No reference to a device is kept: dropping the
last one closes it, and when that happens is the user's business.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any, Protocol, cast

#: How deep a fixture's value is searched for devices: the value, its items or attributes, and theirs.
MAX_SEARCH_DEPTH = 3

#: How many items of one container are looked at.
MAX_SEARCH_ITEMS = 64

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
_OPENERS = (
    ("_ttnn.device", "open_device"),
    ("_ttnn.device", "CreateDevice"),
    ("_ttnn.device", "CreateDevices"),
    ("_ttnn.multi_device", "open_mesh_device"),
    ("device", "open_device"),
    ("", "open_device"),
)


class MeshDevice(Protocol):
    """What is used of `ttnn.MeshDevice`: one chip, a mesh of chips, or a sub-mesh."""

    def id(self) -> int: ...
    def get_device_ids(self) -> list[int]: ...
    def get_submeshes(self) -> list[MeshDevice]: ...
    def num_program_cache_entries(self) -> int: ...
    def disable_and_clear_program_cache(self) -> None: ...
    def enable_program_cache(self) -> None: ...
    @property
    def shape(self) -> Iterable[int]: ...


class OpenDevices:
    """Ids of the devices that were opened and closed. `MeshDevice.id()` is unique for each opening."""

    def __init__(self) -> None:
        self._opened: set[int] = set()
        self._closed: set[int] = set()

    def watch(self, ttnn: ModuleType) -> None:
        """Wrap ttnn's functions that open and close devices."""
        for names, wrap in ((_OPENERS, self._noting_open), (_CLOSERS, self._noting_close)):
            for path, name in names:
                owner = functools.reduce(
                    lambda o, n: getattr(o, n, None), filter(None, path.split(".")), cast(Any, ttnn)
                )
                function = getattr(owner, name, None)
                if function is not None and not hasattr(function, "__tt_memwatch__"):
                    setattr(owner, name, wrap(function))

    def is_open(self, device: MeshDevice) -> bool:
        return device.id() not in self._closed

    def opened(self) -> frozenset[int]:
        """Ids of all devices that were opened through ttnn's functions and not closed through them."""
        return frozenset(self._opened - self._closed)

    def _noting_open(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def opening(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            devices = result.values() if isinstance(result, dict) else (result,)
            self._opened.update(d.id() for d in devices)
            return result

        opening.__tt_memwatch__ = True  # type: ignore[attr-defined]
        return opening

    def _noting_close(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def closing(*args: Any, **kwargs: Any) -> Any:
            for value in (*args, *kwargs.values()):
                for device in find_devices(value, depth=1):
                    self._closed.update(d.id() for d in with_submeshes(device))
            return function(*args, **kwargs)

        closing.__tt_memwatch__ = True  # type: ignore[attr-defined]
        return closing


def mesh_device_type() -> type | None:
    """`ttnn.MeshDevice`, or None while nobody has imported ttnn: then there is no device either."""
    return getattr(sys.modules.get("ttnn"), "MeshDevice", None)


def find_devices(value: object, depth: int) -> Iterator[MeshDevice]:
    """The devices in `value`: itself, items of its containers and, from depth 2 on, attributes of its objects."""
    kind = mesh_device_type()
    if kind is None:
        return
    if isinstance(value, kind):
        yield cast(MeshDevice, value)
    elif depth > 0:
        for part in _parts(value, with_attributes=depth > 1):
            yield from find_devices(part, depth - 1)


def _parts(value: object, with_attributes: bool) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())[:MAX_SEARCH_ITEMS]
    if isinstance(value, (list, tuple)):
        return list(value[:MAX_SEARCH_ITEMS])
    if with_attributes and not isinstance(value, (type, ModuleType)):
        return list(getattr(value, "__dict__", {}).values())[:MAX_SEARCH_ITEMS]
    return []


def with_submeshes(device: MeshDevice) -> list[MeshDevice]:
    """The device and, below it, its sub-meshes: each has an allocator of its own. Closed sub-meshes are listed too."""
    found = [device]
    for mesh in device.get_submeshes():
        found += with_submeshes(mesh)
    return found


class _AfterImport(importlib.abc.MetaPathFinder):
    """Calls back once `ttnn` was imported, before the importer can take functions out of it."""

    def __init__(self, callback: Callable[[ModuleType], None]) -> None:
        self._callback = callback

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> Any:
        if fullname != "ttnn":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                self._callback(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def after_import(callback: Callable[[ModuleType], None]) -> None:
    """Call `callback(ttnn)` now if ttnn is there, else when somebody imports it."""
    module = sys.modules.get("ttnn")
    if module is not None:
        callback(module)
    else:
        sys.meta_path.insert(0, _AfterImport(callback))

"""What is used of ttnn's devices, and how they are found in values."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Protocol, cast

#: How many items of one container are looked at.
SEARCH_ITEMS_MAX = 64


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


def mesh_device_type() -> type | None:
    """`ttnn.MeshDevice`, or None while nobody has imported ttnn: then there is no device either."""
    return getattr(sys.modules.get("ttnn"), "MeshDevice", None)


def find_devices(value: object, depth: int) -> Iterator[MeshDevice]:
    """The devices in `value`: itself, and items of Python's own containers, `depth` levels down.

    Nothing of the suite's is called: only objects of exactly these types are looked into.
    """
    kind = mesh_device_type()
    if kind is None:
        return
    if issubclass(type(value), kind):
        yield cast(MeshDevice, value)
    elif depth > 0:
        for part in _parts(value):
            yield from find_devices(part, depth - 1)


def _parts(value: object) -> list[object]:
    if type(value) is dict:
        return list(value.values())[:SEARCH_ITEMS_MAX]
    if type(value) in (list, tuple):
        return list(cast("list[object]", value)[:SEARCH_ITEMS_MAX])
    return []


def with_submeshes(device: MeshDevice) -> list[MeshDevice]:
    """The device and, below it, its sub-meshes: each has an allocator of its own. Closed sub-meshes are listed too."""
    found = [device]
    for mesh in device.get_submeshes():
        found += with_submeshes(mesh)
    return found


def is_or_has_any(root: MeshDevice, devices: Iterable[MeshDevice]) -> bool:
    """Whether any of `devices` is `root` or a part of it."""
    ids = {device.id() for device in devices}
    return any(part.id() in ids for part in with_submeshes(root))

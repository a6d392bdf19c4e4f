"""The buffers that are asked about, and the Python objects that have them: tensors, global semaphores and buffers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tt_memwatch.holders.outlived import Outlived

#: Memory type and address of a buffer, on the device that is asked about.
Buffer = tuple[str, int]

#: Modules of ttnn's C++ part with the class of the same name.
_OBJECTS = ("global_semaphore", "global_circular_buffer")


def kinds_that_hold_buffers() -> tuple[type, ...]:
    """Types of the Python objects that have buffers, tensors first; none while nobody has imported ttnn."""
    ttnn: Any = sys.modules.get("ttnn")
    if ttnn is None or not hasattr(ttnn, "Tensor"):
        return ()
    kinds = [getattr(getattr(ttnn._ttnn, name, None), name, None) for name in _OBJECTS]
    return ttnn.Tensor, *(kind for kind in kinds if kind is not None)


@dataclass(frozen=True)
class Wanted:
    device: int
    buffers: frozenset[Buffer]
    addresses: frozenset[int]
    #: Objects that are no tensors and hold buffers, by identity: what each is, and its buffer.
    objects: Mapping[int, tuple[str, Buffer]]
    #: Called with each tensor that has a wanted buffer.
    meet: Callable[[Buffer, Any], None]
    outlived: Outlived
    tensor_type: type
    #: Types of what is looked for, tensors first.
    kinds: tuple[type, ...]

    @classmethod
    def of(
        cls,
        device: int,
        buffers: frozenset[Buffer],
        objects: Mapping[int, tuple[str, Buffer]],
        meet: Callable[[Buffer, Any], None],
        outlived: Outlived,
    ) -> Wanted:
        addresses = frozenset(address for _, address in buffers)
        tensor_type = sys.modules["ttnn"].Tensor
        return cls(device, buffers, addresses, objects, meet, outlived, tensor_type, kinds_that_hold_buffers())

    def buffer_of(self, value: Any) -> Buffer | None:
        """The wanted buffer that an object of these kinds has."""
        if issubclass(type(value), self.tensor_type):
            return self._buffer_of_tensor(value)
        _, buffer = self.objects.get(id(value), ("", None))
        return buffer if buffer in self.buffers else None

    def is_tensor(self, value: object) -> bool:
        return issubclass(type(value), self.tensor_type)

    def _buffer_of_tensor(self, tensor: Any) -> Buffer | None:
        """Host and deallocated tensors are asked nothing that throws, and a subclass nothing that it has changed."""
        kind: Any = self.tensor_type
        storage = sys.modules["ttnn"].StorageType.DEVICE
        if kind.storage_type(tensor) != storage or not kind.is_allocated(tensor):
            return None
        address = kind.buffer_address(tensor)
        # Most tensors are of others: the memory type takes ten times as long to ask for.
        if address not in self.addresses:
            return None
        buffer = (kind.memory_config(tensor).buffer_type.name, address)
        if buffer not in self.buffers:
            return None
        if self.outlived.device_of(tensor) != self.device:
            return None
        self.meet(buffer, tensor)
        return buffer

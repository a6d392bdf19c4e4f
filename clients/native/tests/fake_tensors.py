"""What stands for ttnn's tensors where births are noted."""

from __future__ import annotations

import itertools
from typing import Any

DRAM, L1 = object(), object()


class Config:
    def __init__(self, buffer_type: object) -> None:
        self.buffer_type = buffer_type


class Device:
    def __init__(self, number: int) -> None:
        self._number = number

    def id(self) -> int:
        return self._number


class Numbered:
    """A tensor whose number is its own. Without a device it is on the host."""

    _next = itertools.count(1)

    def __init__(self, address: int, device: Device | None = None, memory_type: object = DRAM) -> None:
        self.address = address
        self.memory_type = memory_type
        self.has_buffer = True
        self._device = device
        self.tensor_id = self.buffer = next(Numbered._next)

    def device(self) -> Device | None:
        return self._device

    def is_allocated(self) -> bool:
        return self.has_buffer

    def memory_config(self) -> Config:
        return Config(self.memory_type)

    def buffer_address(self) -> int:
        if self._device is None or not self.has_buffer:
            raise RuntimeError("has none")
        return self.address

    def view(self) -> Any:
        other = type(self)(self.address, self._device, self.memory_type)
        other.buffer = self.buffer
        return other


class Unique(Numbered):
    """A tensor whose buffer has a number."""

    def buffer_unique_id(self) -> int | None:
        return self.buffer if self._device is not None and self.has_buffer else None


DEVICE, OTHER_DEVICE = Device(0), Device(1)

#: Device, identity of the memory type, and address.
Place = tuple[int, int, int]


def place(tensor: Any) -> Place:
    return tensor.device().id(), id(tensor.memory_type), tensor.address

"""Tensors that outlived their device: asked for it, each has ttnn log a line, so it is asked once at most."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

#: Buffers remembered at most; with more, all are forgotten.
BUFFERS_MAX = 100_000


@dataclass
class Outlived:
    #: Numbers of buffers that tensors were seen to have on a device that is open. ttnn gives no number twice.
    _on_device: dict[int, set[int]] = field(default_factory=dict)
    #: Numbers of buffers whose device has ended.
    _outlived: set[int] = field(default_factory=set)

    def device_of(self, tensor: Any) -> int | None:
        """The id of the device that an allocated tensor is on; None where that has ended."""
        kind: Any = sys.modules["ttnn"].Tensor
        # Older versions of ttnn have no numbers, and log nothing.
        number = kind.buffer_unique_id(tensor) if hasattr(kind, "buffer_unique_id") else None
        if number in self._outlived:
            return None
        try:
            device = int(kind.device(tensor).id())
        except RuntimeError:
            self._note(self._outlived, number)
            return None
        self._note(self._on_device.setdefault(device, set()), number)
        return device

    def end(self, device: int) -> None:
        """The device has ended."""
        for number in self._on_device.pop(device, ()):
            self._note(self._outlived, number)

    def _note(self, numbers: set[int], number: int | None) -> None:
        if number is None:
            return
        if len(numbers) >= BUFFERS_MAX:
            numbers.clear()
        numbers.add(number)

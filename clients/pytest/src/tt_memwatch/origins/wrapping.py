"""Which operation made a tensor's buffer, and from which line, where no tracer records allocations.

ttnn's operations are all called through one class, which is wrapped, and so are the functions that bypass it. Buffers
that an operation keeps to itself stay unknown: only results are seen. Nothing of a result is kept but its address and
its number, so that a later buffer at the same address is never taken for it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from tt_memwatch.devices.allocator import Allocator
from tt_memwatch.devices.measurement import MEMORY_TYPES
from tt_memwatch.holders import Buffer
from tt_memwatch.origins.note_results import Birth, Births, Place, noters, number_of
from tt_memwatch.origins.tracing import Tracing
from tt_memwatch.ttnn_patches import Patches, noting, part_of

#: Methods of ttnn.Tensor that allocate and are no operations.
_METHODS = ("to", "reshape")

#: Functions that allocate and are no operations: where ttnn has them besides, and their name.
_FUNCTIONS = (("multi_device", "distribute_tensor"),)


class Origins:
    """The last birth noted at each address."""

    def __init__(self) -> None:
        self._births: Births = {}
        self._confirmed: Births = {}
        self._patches = Patches()
        self._types: dict[str, int] = {}
        self._number: Callable[[Any], int | None] = id

    @property
    def is_on(self) -> bool:
        return bool(self._patches)

    def watch_if_needed(self, mode: str, tracing: Tracing, ttnn: ModuleType) -> None:
        """Wrap ttnn's operations where `mode` asks for it: `auto` does where nothing is traced."""
        if mode == "wrap" or (mode == "auto" and not tracing.is_live):
            self.watch(ttnn)

    def watch(self, ttnn: ModuleType) -> None:
        """Wrap ttnn's operations."""
        if self._patches:
            return
        self._number = number_of(ttnn.Tensor)
        self._types = {name: id(getattr(ttnn.BufferType, name)) for name in MEMORY_TYPES}
        noter = noters(self._births, ttnn.Tensor)
        operation: Any = getattr(sys.modules.get("ttnn.decorators"), "FastOperation", None)
        self._patches.wrap(operation, "__call__", functools.partial(noting, note=noter(None)))
        for name in _METHODS:
            self._patches.wrap(ttnn.Tensor, name, functools.partial(noting, note=noter(f"ttnn.Tensor.{name}")))
        for module, name in _FUNCTIONS:
            for owner in (ttnn, part_of(ttnn._ttnn, module)):
                self._patches.wrap(owner, name, functools.partial(noting, note=noter(f"ttnn.{name}")))

    def restore(self) -> None:
        """Put ttnn's own back, unless somebody else has replaced ours meanwhile: nothing of ttnn's is held by then."""
        self._patches.restore()
        self._births.clear()

    def keep_live(self, allocator: Allocator) -> None:
        """Forget what a look showed gone: the same address may be another's next."""
        live = {kind: allocator.blocks[name] for name, kind in self._types.items()}
        for key in self._of(allocator.facts.key):
            if key[2] not in live[key[1]]:
                self._births.pop(key, None)

    def forget(self, device: int) -> None:
        """The device is about to be closed."""
        for key in self._of(device):
            self._births.pop(key, None)

    def meet(self, device: int, buffer: Buffer, tensor: Any) -> None:
        """A tensor that has this buffer was found: what is noted of its birth is right if it is about this very one."""
        key = (device, self._types.get(buffer[0], 0), buffer[1])
        birth = self._births.get(key)
        if birth is not None and self._number(tensor) in birth[2]:
            self._confirmed[key] = birth

    def take_confirmed(self) -> dict[Buffer, Birth]:
        """Births of buffers whose tensors were met since this was last asked for."""
        names = {kind: name for name, kind in self._types.items()}
        confirmed, self._confirmed = self._confirmed, {}
        return {(names[kind], address): birth for (_, kind, address), birth in confirmed.items()}

    def _of(self, device: int) -> list[Place]:
        """Of a copy: other threads go on to note births."""
        return [key for key in list(self._births) if key[0] == device]

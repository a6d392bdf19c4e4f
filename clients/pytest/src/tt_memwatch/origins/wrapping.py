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
from tt_memwatch.origins.call_site import Site, call_site
from tt_memwatch.origins.tracing import Tracing
from tt_memwatch.ttnn_calls import Patches, part_of

#: Addresses remembered at most; beyond that all is forgotten.
RECORDS_MAX = 50_000

#: Numbers of tensors that share a buffer, as results of operations in place do, that are remembered.
NUMBERS_MAX = 8

#: Methods of ttnn.Tensor that allocate and are no operations.
_METHODS = ("to", "reshape")

#: Functions that allocate and are no operations: where ttnn has them besides, and their name.
_FUNCTIONS = (("multi_device", "distribute_tensor"),)

#: Device, identity of the memory type's enum member, and address.
_Key = tuple[int, int, int]


#: The operation that made a buffer, the call it was made in, and numbers of the tensors that have had it:
#: `buffer_unique_id()`, or `tensor_id` where ttnn has only that. A tuple, because one is made after every operation.
Birth = tuple[str, Site, tuple[int, ...]]


class Origins:
    """The last birth noted at each address."""

    def __init__(self) -> None:
        self._births: dict[_Key, Birth] = {}
        self._confirmed: dict[_Key, Birth] = {}
        self._patches = Patches()
        self._types: dict[str, int] = {}
        self._tensor: type = type(None)
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
        self._tensor = ttnn.Tensor
        self._number = getattr(ttnn.Tensor, "buffer_unique_id", None) or _tensor_id
        self._types = {name: id(getattr(ttnn.BufferType, name)) for name in MEMORY_TYPES}
        operation: Any = getattr(sys.modules.get("ttnn.decorators"), "FastOperation", None)
        self._patches.wrap(operation, "__call__", self._noting_operation)
        for name in _METHODS:
            self._patches.wrap(ttnn.Tensor, name, functools.partial(self._noting, f"ttnn.Tensor.{name}"))
        for module, name in _FUNCTIONS:
            for owner in (ttnn, part_of(ttnn._ttnn, module)):
                self._patches.wrap(owner, name, functools.partial(self._noting, f"ttnn.{name}"))

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

    def _of(self, device: int) -> list[_Key]:
        """Of a copy: other threads go on to note births."""
        return [key for key in list(self._births) if key[0] == device]

    def _noting_operation(self, original: Callable[..., Any]) -> Callable[..., Any]:
        note = self._noter()

        def __call__(operation: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(operation, *args, **kwargs)
            note(operation.python_fully_qualified_name, result, args, kwargs)
            return result

        return __call__

    def _noting(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        note = self._noter()

        def calling(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            note(name, result, args, kwargs)
            return result

        return calling

    def _noter(self) -> Callable[[str, Any, tuple[Any, ...], dict[str, Any]], None]:
        """Notes the tensors that an operation returned. Runs after every operation, so it looks nothing up twice."""
        tensor_type, births, number_of = self._tensor, self._births, self._number
        is_unique = number_of is not _tensor_id

        def note_tensor(operation: str, tensor: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            number = number_of(tensor)
            if number is None:
                return
            key = (tensor.device().id(), id(tensor.memory_config().buffer_type), tensor.buffer_address())
            known = births.get(key)
            if known is not None and number in known[2]:
                return
            for value in (*args, *kwargs.values()) if kwargs else args:
                kind = type(value)
                if kind is tensor_type:
                    is_older = number_of(value) == number if is_unique else _has(value, key)
                elif kind is list or kind is tuple:
                    is_older = any(type(part) is tensor_type and _has(part, key) for part in value)
                else:
                    continue
                if is_older:
                    # A view of an input, or written in place.
                    if known is not None and len(known[2]) < NUMBERS_MAX:
                        births[key] = (known[0], known[1], (*known[2], number))
                    return
            if len(births) >= RECORDS_MAX:
                births.clear()
            births[key] = (operation, call_site(4), (number,))

        def note(operation: str, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            # What cannot be asked is not noted, and no test fails of it.
            try:
                kind = type(result)
                if kind is tensor_type:
                    note_tensor(operation, result, args, kwargs)
                elif kind is list or kind is tuple:
                    for part in result:
                        if type(part) is tensor_type:
                            note_tensor(operation, part, args, kwargs)
            except RuntimeError:
                return

        return note


def _has(tensor: Any, key: _Key) -> bool:
    """Whether a tensor has the buffer. Host and deallocated tensors are asked nothing that throws."""
    device = tensor.device()
    if device is None or not tensor.is_allocated() or tensor.buffer_address() != key[2]:
        return False
    return bool(device.id() == key[0] and id(tensor.memory_config().buffer_type) == key[1])


def _tensor_id(tensor: Any) -> int | None:
    """The tensor's own number; None where it has no buffer on a device, as `buffer_unique_id()` has it."""
    is_on_device = tensor.device() is not None and tensor.is_allocated()
    return int(tensor.tensor_id) if is_on_device else None

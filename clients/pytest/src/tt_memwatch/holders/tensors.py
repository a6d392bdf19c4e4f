"""What the tensors behind left-over buffers are: data type, shape, logical size.

ttnn's tensors cannot be listed, so they are looked for where tests keep them: in the globals of the test's module and
the values of its device fixtures. Only after a test left something, and only so far.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from types import FunctionType, ModuleType
from typing import Any

from tt_memwatch.holders.peek import class_dict, instance_dict, is_a

#: Memory type and address.
Buffer = tuple[str, int]

#: How many objects are looked at for one test, and how deep.
MAX_OBJECTS = 2_000
MAX_DEPTH = 5

#: Bytes of one element. Block formats share exponents between elements, so their logical size has no such factor.
_ELEMENT_BYTES = {"BFLOAT16": 2, "FLOAT32": 4, "UINT32": 4, "INT32": 4, "UINT16": 2, "UINT8": 1}


#: How the elements of Python's own containers are read, whatever a subclass makes of them.
_CONTAINERS: tuple[tuple[type, Callable[[Any], Iterable[object]]], ...] = (
    (dict, dict.values),
    (list, list.__iter__),
    (tuple, tuple.__iter__),
    (set, set.__iter__),
    (frozenset, frozenset.__iter__),
)


def describe_tensors(device: int, wanted: set[tuple[str, int]], roots: Iterable[object]) -> Iterator[dict[str, Any]]:
    """Fields of a `tensor` message for each of `wanted` (memory type, address) whose owner is found below `roots`."""
    ttnn = sys.modules["ttnn"]
    left = set(wanted)
    for tensor in _tensors(ttnn.Tensor, list(roots)):
        key = buffer_of(tensor, device, left.__contains__)
        if key is not None:
            left.remove(key)
            shape = [int(n) for n in tensor.shape]
            dtype = tensor.dtype.name
            yield {
                "memoryType": key[0],
                "address": hex(key[1]),
                "dtype": dtype.lower(),
                "shape": shape,
                "logicalBytes": _logical_bytes(dtype, shape),
            }
        if not left:
            return


def _tensors(kind: type, queue: list[object]) -> Iterator[Any]:
    """Breadth first through containers and instance attributes."""
    seen: set[int] = set()
    for _ in range(MAX_DEPTH):
        following: list[object] = []
        for value in queue:
            if id(value) in seen:
                continue
            seen.add(id(value))
            if is_a(value, kind):
                yield value
            elif len(seen) < MAX_OBJECTS:
                following += islice(_parts(value), MAX_OBJECTS)
        queue = following


def _parts(value: Any) -> Iterable[object]:
    """Elements of a container and attributes of an instance, without asking its class for them."""
    if is_a(value, ModuleType, FunctionType):
        return ()
    if is_a(value, type):
        return class_dict(value).values()
    elements = next((elements(value) for kind, elements in _CONTAINERS if is_a(value, kind)), ())
    attributes = instance_dict(value)
    return chain(elements, dict.values(attributes) if attributes is not None else ())


def buffer_of(tensor: Any, device: int, is_wanted: Callable[[Buffer], bool]) -> Buffer | None:
    """The wanted buffer that a tensor on the device has.

    Host and deallocated tensors are asked nothing that throws. One that outlived its device is asked for it only if its
    buffer is wanted: ttnn logs a line when it has none to give.
    """
    storage = sys.modules["ttnn"].StorageType.DEVICE
    if tensor.storage_type() != storage or not tensor.is_allocated():
        return None
    buffer = tensor.memory_config().buffer_type.name, tensor.buffer_address()
    if not is_wanted(buffer):
        return None
    try:
        return buffer if tensor.device().id() == device else None
    except RuntimeError:
        return None


def _logical_bytes(dtype: str, shape: list[int]) -> int | None:
    size = _ELEMENT_BYTES.get(dtype)
    for n in shape:
        size = size * n if size is not None else None
    return size

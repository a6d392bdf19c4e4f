"""What the tensors behind left-over buffers are: data type, shape, logical size, and which buffer each has."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from tt_memwatch.holders.outlived import Outlived

#: Memory type and address.
Buffer = tuple[str, int]

#: Bytes of one element. Block formats share exponents between elements, so their logical size has no such factor.
_ELEMENT_BYTES = {"BFLOAT16": 2, "FLOAT32": 4, "UINT32": 4, "INT32": 4, "UINT16": 2, "UINT8": 1}


def describe(tensor: Any) -> dict[str, Any]:
    """Fields of a `tensor` message, but for the block."""
    shape = [int(n) for n in tensor.shape]
    dtype = tensor.dtype.name
    return {"dtype": dtype.lower(), "shape": shape, "logicalBytes": _logical_bytes(dtype, shape)}


def buffer_of(tensor: Any, device: int, is_wanted: Callable[[Buffer], bool], outlived: Outlived) -> Buffer | None:
    """The wanted buffer that a tensor on the device has.

    Host and deallocated tensors are asked nothing that throws. A tensor is asked for its device only if its buffer is
    wanted: ttnn logs a line where the tensor outlived it.
    """
    storage = sys.modules["ttnn"].StorageType.DEVICE
    if tensor.storage_type() != storage or not tensor.is_allocated():
        return None
    buffer = tensor.memory_config().buffer_type.name, tensor.buffer_address()
    return buffer if is_wanted(buffer) and outlived.device_of(tensor) == device else None


def _logical_bytes(dtype: str, shape: list[int]) -> int | None:
    size = _ELEMENT_BYTES.get(dtype)
    for n in shape:
        size = size * n if size is not None else None
    return size

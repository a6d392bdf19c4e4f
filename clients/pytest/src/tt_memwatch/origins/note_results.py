"""Notes, after each of ttnn's operations, where its results come from: natively where the tracer's library can.

Both ways note the same (`test_noting_equal.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tt_memwatch.origins.call_site import ENDS, FRAMES_MAX, Site, call_site

#: Places remembered at most; beyond that all are forgotten.
RECORDS_MAX = 50_000

#: Numbers of tensors that share a buffer, as results of operations in place do, that are remembered.
NUMBERS_MAX = 8

#: Device, identity of the memory type's enum member, and address.
Place = tuple[int, int, int]

#: The operation that made a buffer, the call it was made in, and numbers of the tensors that have had it:
#: `buffer_unique_id()`, or `tensor_id` where ttnn has only that. A tuple, because one is made after every operation.
Birth = tuple[str, Site, tuple[int, ...]]

#: The last birth at each place.
Births = dict[Place, Birth]

#: Arguments of an operation, by position and by name.
_Args = tuple[Any, ...]
_Kwargs = dict[str, Any]

#: Takes what an operation returned, and gives it back: with the arguments by position and by name.
Note = Callable[[Any, _Args, _Kwargs], Any]

#: Frames between a call of an operation and that of `call_site`: what stands before the operation, and two of ours.
_OWN_FRAMES = 4


def noters(births: Births, tensor_type: type) -> Callable[[str | None], Note]:
    """Makes what notes the results of the operation that it is given the name of; None stands for any operation."""
    is_unique = hasattr(tensor_type, "buffer_unique_id")
    try:
        from tt_memwatch_tracer.births import NativeBirths, Setting

        setting = Setting(births, tensor_type, ENDS, is_unique, FRAMES_MAX, RECORDS_MAX, NUMBERS_MAX)
        return NativeBirths(setting).noter
    except (ImportError, OSError):
        return functools.partial(noter_of_python, births, tensor_type)


def noter_of_python(births: Births, tensor_type: type, operation: str | None) -> Note:
    """What notes the results of an operation by this name. None: the first argument is the operation, and has a name.

    It runs after every operation: the fewest questions come first, and nothing is looked up twice.
    """
    number_of_tensor, older = number_of(tensor_type), _finder_of_older(tensor_type)
    is_unique = number_of_tensor is not _tensor_id

    def note_tensor(tensor: Any, args: _Args, kwargs: _Kwargs) -> None:
        number = number_of_tensor(tensor)
        if number is None or (is_unique and older(number, args, kwargs) is not None):
            return
        place = tensor.device().id(), id(tensor.memory_config().buffer_type), tensor.buffer_address()
        known = births.get(place)
        if known is not None and number in known[2]:
            return
        had_it = None if is_unique else older(place, args, kwargs)
        if had_it is None:
            if len(births) >= RECORDS_MAX:
                births.clear()
            births[place] = (operation or args[0].python_fully_qualified_name, call_site(_OWN_FRAMES), (number,))
        elif known is not None and number_of_tensor(had_it) in known[2] and len(known[2]) < NUMBERS_MAX:
            births[place] = (known[0], known[1], (*known[2], number))

    def note(result: Any, args: _Args, kwargs: _Kwargs) -> Any:
        # What cannot be asked is not noted, and no test fails of it.
        try:
            kind = type(result)
            if kind is tensor_type:
                note_tensor(result, args, kwargs)
            elif kind is list or kind is tuple:
                for part in result:
                    if type(part) is tensor_type:
                        note_tensor(part, args, kwargs)
        except Exception:
            return result
        return result

    return note


def _finder_of_older(tensor_type: type) -> Callable[[Any, _Args, _Kwargs], Any]:
    """What finds the argument that has the buffer of a result: then the result is a view, or was written in place.

    It is given the result's number where that is the buffer's own, and its place where tensors have the numbers.
    """
    has = _has_number if hasattr(tensor_type, "buffer_unique_id") else _has_place

    def older(mark: Any, args: _Args, kwargs: _Kwargs) -> Any:
        for value in (*args, *kwargs.values()) if kwargs else args:
            kind = type(value)
            if kind is tensor_type:
                if has(value, mark):
                    return value
            elif kind is list or kind is tuple:
                for part in value:
                    if type(part) is tensor_type and has(part, mark):
                        return part
        return None

    return older


def number_of(tensor: type) -> Callable[[Any], int | None]:
    """What gives the number that a tensor of this type is known by; None where it has no buffer on a device."""
    return getattr(tensor, "buffer_unique_id", None) or _tensor_id


def _tensor_id(tensor: Any) -> int | None:
    is_on_device = tensor.device() is not None and tensor.is_allocated()
    return int(tensor.tensor_id) if is_on_device else None


def _has_number(tensor: Any, number: int) -> bool:
    return bool(tensor.buffer_unique_id() == number)


def _has_place(tensor: Any, place: Place) -> bool:
    """Whether a tensor has the buffer there. Host and deallocated tensors are asked nothing that throws."""
    device = tensor.device()
    if device is None or not tensor.is_allocated() or tensor.buffer_address() != place[2]:
        return False
    return bool(device.id() == place[0] and id(tensor.memory_config().buffer_type) == place[1])

"""What an object refers to, a bounded part at a time, and asked only in ways that its type is known to bear."""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.inspect_safely import class_dict, instance_dict, is_a, module_dict

#: Elements of a container from which on it is asked by itself, a part at a time.
LARGE = 65_536

#: Length and elements of Python's own containers, whatever a subclass makes of them.
_CONTAINERS: tuple[tuple[type, Callable[[Any], int], Callable[[Any], Iterable[Any]]], ...] = (
    (dict, dict.__len__, lambda value: (part for item in dict.items(value) for part in item)),
    (list, list.__len__, list.__iter__),
    (tuple, tuple.__len__, tuple.__iter__),
    (set, set.__len__, set.__iter__),
    (frozenset, frozenset.__len__, frozenset.__iter__),
    (deque, deque.__len__, deque.__iter__),
)


def length_of(kind: type) -> Callable[[Any], int] | None:
    """How many elements an object of a type has; None where it can only have few."""
    return next((length for base, length, _ in _CONTAINERS if issubclass(kind, base)), None)


def parts_of(value: Any, deadline: Deadline) -> Iterator[list[Any]]:
    """What one object refers to. It is one that may be asked."""
    if is_a(value, ModuleType):
        yield [module_dict(value)]
    elif is_a(value, type):
        # The traversal would be the metaclass's; that of the read-only view of its dict is Python's.
        yield gc.get_referents(class_dict(value))
    elif is_object_array(value):
        yield from _elements_of_array(value, deadline)
    else:
        for kind, length, elements in _CONTAINERS:
            if is_a(value, kind) and length(value) >= LARGE:
                yield [instance_dict(value)]
                yield from deadline.strides(elements(value), LARGE)
                return
        yield gc.get_referents(value)


def is_object_array(value: Any) -> bool:
    """Whether it is a numpy array of Python objects, which the collector does not follow."""
    return is_array(value) and value.dtype.kind == "O"


def is_array(value: object) -> bool:
    return type(value) is array_type()


def array_type() -> type | None:
    """The type of numpy's arrays; None while nobody has imported it."""
    numpy = sys.modules.get("numpy")
    found = module_dict(numpy).get("ndarray") if numpy is not None and is_a(numpy, ModuleType) else None
    return found if is_a(found, type) else None


def _elements_of_array(array: Any, deadline: Deadline) -> Iterator[list[Any]]:
    for start in range(0, array.size, LARGE):
        yield array.flat[start : start + LARGE].tolist()
        if deadline.is_over:
            return

"""Which types bear to be looked into: whose instances show the collector what they refer to, and nothing else.

An extension type may show objects that are dead (CPython 3.12's `_asyncio` does), and looking at them wakes them. So
only Python's own containers are asked, exceptions, and instances of classes that a `class` statement made.
"""

from __future__ import annotations

import builtins
import ctypes
from types import CellType, MethodType

_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_TRAVERSE_SLOT = 71  # Py_tp_traverse, of CPython's stable interface

_get_slot = ctypes.pythonapi.PyType_GetSlot
_get_slot.argtypes = [ctypes.py_object, ctypes.c_int]
_get_slot.restype = ctypes.c_void_p


#: What a metaclass cannot replace.
_flags_of = type.__dict__["__flags__"].__get__
_bases_of = type.__dict__["__mro__"].__get__


class _Sample:
    """What every class of a `class` statement has for its traversal, this one has."""


_TRAVERSE_OF_CLASSES = _get_slot(_Sample, _TRAVERSE_SLOT)

_CONTAINERS = frozenset({dict, list, tuple, set, frozenset, CellType, MethodType})
_EXCEPTIONS = frozenset(
    kind for kind in vars(builtins).values() if isinstance(kind, type) and issubclass(kind, BaseException)
)


def bears_looking(kind: type) -> bool:
    """Whether an instance may be asked what it refers to."""
    if kind in _CONTAINERS or kind in _EXCEPTIONS:
        return True
    bases = _bases_of(kind)[:-1]  # without `object`
    return bool(bases) and all(b in _CONTAINERS or b in _EXCEPTIONS or _is_python_class(b) for b in bases)


def _is_python_class(kind: type) -> bool:
    return bool(_flags_of(kind) & _HEAP_TYPE) and _get_slot(kind, _TRAVERSE_SLOT) == _TRAVERSE_OF_CLASSES

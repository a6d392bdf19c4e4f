"""Objects of types that have no weak references, remembered by their address: nothing is kept alive."""

from __future__ import annotations

from typing import Any

from tt_memwatch_tracer.library import Library

#: Py_TPFLAGS_HEAPTYPE: made when its module was imported. Types of Python itself are none of our business.
_HEAP_TYPE = 1 << 9


class Remembered:
    """Gives an object back for as long as it is there. Raises OSError where there is no native library."""

    def __init__(self) -> None:
        self._library = Library()

    def remember(self, value: object) -> int | None:
        """The object's address, to be borrowed by; None where its type does not let us know of its end.

        The type is an extension's, or a class that has one among its bases.
        """
        library = self._library
        kinds = [kind for kind in type(value).__mro__ if kind.__flags__ & _HEAP_TYPE]
        is_watched = any(library.watch_objects(kind, Remembered) for kind in kinds)
        return id(value) if is_watched and library.remember_object(value) else None

    def borrow(self, address: int) -> Any:
        """The object, or None once it has ended. A reference that is held keeps it: let go of it soon."""
        return self._library.borrow_object(address)

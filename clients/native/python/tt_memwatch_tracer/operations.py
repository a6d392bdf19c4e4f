"""Notes which of ttnn's operations runs, so that each allocation has its name."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from typing import Any

_THREAD_SHIFT = 32


class Operations:
    """Wraps the one class all of ttnn's registered operations are called through.

    The outermost operation of a thread counts: what it calls inside is its own business. Lifetimes stay as they are.
    """

    def __init__(self) -> None:
        self._original: Any = None
        self._numbers: dict[str, int] = {}
        self._running: Any = None
        self._name: Callable[[bytes], int] | None = None

    def follow(self, address: int, name: Callable[[bytes], int]) -> None:
        """Write the running operation to `address`; `name` gives the number of an operation's name in the ring."""
        self._running = ctypes.c_uint64.from_address(address)
        self._name = name
        self._numbers = {}
        kind: Any = getattr(sys.modules.get("ttnn.decorators"), "FastOperation", None)
        if kind is None or self._original is not None:
            return
        self._original = kind.__call__
        kind.__call__ = self._wrapped(kind.__call__)

    def restore(self) -> None:
        """Put ttnn's own method back, unless somebody else has replaced ours meanwhile."""
        kind: Any = getattr(sys.modules.get("ttnn.decorators"), "FastOperation", None)
        if self._original is not None and hasattr(vars(kind).get("__call__"), "__tt_memwatch__"):
            kind.__call__ = self._original
            self._original = None

    def _wrapped(self, original: Callable[..., Any]) -> Callable[..., Any]:
        thread_id = threading.get_native_id

        def __call__(operation: Any, *args: Any, **kwargs: Any) -> Any:
            running = self._running
            thread = thread_id()
            if running.value >> _THREAD_SHIFT == thread:
                return original(operation, *args, **kwargs)
            mine = thread << _THREAD_SHIFT | self._number(operation)
            running.value = mine
            try:
                return original(operation, *args, **kwargs)
            finally:
                # Another thread may have begun an operation of its own meanwhile.
                if running.value == mine:
                    running.value = 0

        __call__.__tt_memwatch__ = True  # type: ignore[attr-defined]
        return __call__

    def _number(self, operation: Any) -> int:
        name = operation.python_fully_qualified_name
        number = self._numbers.get(name)
        if number is None and self._name is not None:
            number = self._numbers[name] = self._name(name.encode())
        return number or 0

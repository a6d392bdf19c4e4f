"""Notes which of ttnn's operations runs, so that each allocation has its name."""

from __future__ import annotations

import ctypes
import functools
import sys
import threading
from collections.abc import Callable
from typing import Any

_THREAD_SHIFT = 32


#: Functions that allocate and are no registered operations: what of ttnn._ttnn has them as well, and their name.
_FUNCTIONS = (
    ("operations.trace", "end_trace_capture"),
    ("global_semaphore", "create_global_semaphore"),
    ("global_circular_buffer", "create_global_circular_buffer"),
    ("multi_device", "distribute_tensor"),
)

#: Methods of ttnn.Tensor that are no registered operations either.
_METHODS = ("to", "reshape")


class Operations:
    """Wraps the one class all of ttnn's registered operations are called through, and the functions that bypass it.

    The outermost operation of a thread counts: what it calls inside is its own business. Lifetimes stay as they are.
    """

    def __init__(self) -> None:
        #: Owner, name, what was there, and what is there for it.
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        self._numbers: dict[str, int] = {}
        self._running: Any = None
        self._name: Callable[[bytes], int] | None = None

    def follow(self, address: int, name: Callable[[bytes], int]) -> None:
        """Write the running operation to `address`; `name` gives the number of an operation's name in the ring."""
        self._running = ctypes.c_uint64.from_address(address)
        self._name = name
        self._numbers = {}
        ttnn: Any = sys.modules.get("ttnn")
        kind: Any = getattr(sys.modules.get("ttnn.decorators"), "FastOperation", None)
        if kind is None or self._replaced:
            return
        self._replace(kind, "__call__", None)
        for method in _METHODS:
            self._replace(ttnn.Tensor, method, f"ttnn.Tensor.{method}")
        for path, function in _FUNCTIONS:
            inner = functools.reduce(lambda owner, part: getattr(owner, part, None), path.split("."), ttnn._ttnn)
            for owner in (ttnn, inner):
                self._replace(owner, function, f"ttnn.{function}")

    def restore(self) -> None:
        """Put ttnn's own back, unless somebody else has replaced ours meanwhile."""
        for owner, name, original, ours in reversed(self._replaced):
            if vars(owner).get(name) is ours:
                setattr(owner, name, original)
        self._replaced.clear()

    def _replace(self, owner: Any, name: str, operation: str | None) -> None:
        original = getattr(owner, name, None)
        if original is not None:
            ours = self._wrapped(original, operation)
            self._replaced.append((owner, name, original, ours))
            setattr(owner, name, ours)

    def _wrapped(self, original: Callable[..., Any], name: str | None) -> Callable[..., Any]:
        """`name` None: of the registered operation that is called, the first argument."""
        thread_id = threading.get_native_id

        @functools.wraps(original)
        def calling(*args: Any, **kwargs: Any) -> Any:
            running = self._running
            thread = thread_id()
            if running.value >> _THREAD_SHIFT == thread:
                return original(*args, **kwargs)
            mine = thread << _THREAD_SHIFT | self._number(name or args[0].python_fully_qualified_name)
            running.value = mine
            try:
                return original(*args, **kwargs)
            finally:
                # Another thread may have begun an operation of its own meanwhile.
                if running.value == mine:
                    running.value = 0

        return calling

    def _number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None and self._name is not None:
            number = self._numbers[name] = self._name(name.encode())
        return number or 0

"""Notes which of ttnn's operations runs, so that each allocation has its name."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from tt_memwatch_tracer.library import CallOperation, Library
from tt_memwatch_tracer.own_entry import leave

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
    """Follows the one class all of ttnn's registered operations are called through, and wraps what bypasses it.

    The outermost operation of a thread counts: what it calls inside is its own business. Lifetimes stay as they are. A
    test calls many operations, so the library does what there is to do, and the class is as ttnn made it to Python.
    """

    def __init__(self) -> None:
        #: Owner, name, what was there, and what is there for it.
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        self._restore: Callable[[], None] | None = None

    def follow(self, library: Library) -> None:
        """Have the library write to its ring which operation runs. To be called again when it has another ring."""
        ttnn: Any = sys.modules.get("ttnn")
        kind = getattr(sys.modules.get("ttnn.decorators"), "FastOperation", None)
        if not isinstance(kind, type):
            return
        library.follow_operations(kind)
        self._restore = library.restore_operations
        if self._replaced:
            return
        for method in _METHODS:
            self._replace(ttnn.Tensor, method, f"ttnn.Tensor.{method}", library.call_operation)
        for path, function in _FUNCTIONS:
            inner = functools.reduce(lambda owner, part: getattr(owner, part, None), path.split("."), ttnn._ttnn)
            for owner in (ttnn, inner):
                self._replace(owner, function, f"ttnn.{function}", library.call_operation)

    def restore(self) -> None:
        """Put ttnn's own back, unless somebody else has replaced ours meanwhile."""
        if self._restore is not None:
            self._restore()
        for owner, name, original, ours in reversed(self._replaced):
            if vars(owner).get(name) is ours:
                setattr(owner, name, original)
        self._replaced.clear()

    def _replace(self, owner: Any, name: str, operation: str, call: CallOperation) -> None:
        original = getattr(owner, name, None)
        if original is None:
            return

        @functools.wraps(original)
        def calling(*args: Any, **kwargs: Any) -> Any:
            try:
                return call(original, operation, args, kwargs)
            except BaseException as error:
                __tracebackhide__ = True
                leave(error)
                del args, kwargs
                raise

        self._replaced.append((owner, name, original, calling))
        setattr(owner, name, calling)

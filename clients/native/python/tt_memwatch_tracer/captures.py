"""Notes when ttnn captures operations, replays and releases them: what a replay may overwrite follows from that.

Records of buffers do not show it. A capture that has no region of its own takes DRAM as any buffer does, and a replay
allocates nothing.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from tt_memwatch_tracer.own_entry import leave

#: Function of ttnn -> kind of the record that is made once it has returned (docs/formats.md, "Ring").
_KINDS = {"begin_trace_capture": 11, "end_trace_capture": 12, "execute_trace": 13, "release_trace": 14}

#: The one that gives the number of the capture, where the others take it.
_BEGIN = "begin_trace_capture"


class Captures:
    """Wraps what captures, replays and releases, in ttnn and in its module of C++. Keeps nothing of the program."""

    def __init__(self) -> None:
        #: Owner, name, what was there, and what is there for it.
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        self._note: Callable[[int, int, int], None] | None = None

    def follow(self, note: Callable[[int, int, int], None]) -> None:
        """Tell `note` the record's kind, the device's id and the number of the capture."""
        self._note = note
        ttnn: Any = sys.modules.get("ttnn")
        inner: Any = functools.reduce(lambda o, part: getattr(o, part, None), ("_ttnn", "operations", "trace"), ttnn)
        if inner is None or self._replaced:
            return
        for name in _KINDS:
            ours: dict[int, Callable[..., Any]] = {}
            for owner in (ttnn, inner):
                original = getattr(owner, name, None)
                if original is not None:
                    wrapped = ours.setdefault(id(original), self._wrapped(original, name))
                    self._replaced.append((owner, name, original, wrapped))
                    setattr(owner, name, wrapped)

    def restore(self) -> None:
        """Put ttnn's own back, unless somebody else has replaced ours meanwhile."""
        for owner, name, original, ours in reversed(self._replaced):
            if vars(owner).get(name) is ours:
                setattr(owner, name, original)
        self._replaced.clear()

    def _wrapped(self, original: Callable[..., Any], name: str) -> Callable[..., Any]:
        kind = _KINDS[name]

        @functools.wraps(original)
        def calling(*args: Any, **kwargs: Any) -> Any:
            try:
                result = original(*args, **kwargs)
            except BaseException as error:
                __tracebackhide__ = True
                leave(error)
                del args, kwargs
                raise
            number = result if name == _BEGIN else kwargs.get("trace_id", args[1] if len(args) > 1 else None)
            self._tell(kind, args[0] if args else kwargs.get("mesh_device", kwargs.get("device")), number)
            return result

        return calling

    def _tell(self, kind: int, device: Any, number: Any) -> None:
        """ttnn has taken both, so they are what they should be; a fault here is none of the program's."""
        try:
            if self._note is not None:
                self._note(kind, device.id(), int(number))
        except Exception:
            return

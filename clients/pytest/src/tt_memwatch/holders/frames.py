"""Frames that run, and the locals of any frame. No frame is kept, and no copy of its locals."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from types import CellType, FrameType
from typing import Any

#: Modules whose running frames hold what they run, which is no news.
_NO_HOLDERS = ("tt_memwatch", "_pytest", "pluggy", "pytest")


def running_frames() -> dict[int, list[FrameType]]:
    """Number of each thread -> its frames that are not ours or pytest's, innermost first.

    Those of a module's body have nothing but its globals.
    """
    found: dict[int, list[FrameType]] = {}
    stacks = sys._current_frames()
    while stacks:
        thread, following = stacks.popitem()
        found[thread] = list(_holders_above(following))
        del following
    return found


def _holders_above(following: FrameType | None) -> Iterator[FrameType]:
    """No name is left on the frame that asks: it would keep itself."""
    while following is not None:
        if following.f_code.co_flags & inspect.CO_OPTIMIZED and not _module_of(following).startswith(_NO_HOLDERS):
            yield following
        following = following.f_back


def is_ours(value: Any) -> bool:
    return type(value) is FrameType and _module_of(value).startswith("tt_memwatch")


def locals_of(frame: FrameType) -> list[tuple[str, Any]]:
    """Names and values of a frame's locals. Up to Python 3.12 asking leaves a snapshot of them: it is emptied."""
    snapshot = frame.f_locals
    if not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        # The namespace itself, which a metaclass's `__prepare__` may have made.
        return list(snapshot.items()) if type(snapshot) is dict else []
    found = list(snapshot.items())
    # Where the user called locals() the same dict is theirs as well.
    if type(snapshot) is dict and sys.getrefcount(snapshot) <= 3:
        snapshot.clear()
    return found


def local_name(frame: FrameType, value: Any) -> str | None:
    """The name of the local that a frame has an object as."""
    if type(value) is CellType:
        value = value.cell_contents
    return next((name for name, held in locals_of(frame) if held is value), None)


def _module_of(frame: FrameType) -> str:
    name = frame.f_globals.get("__name__") if type(frame.f_globals) is dict else None
    return name if type(name) is str else ""

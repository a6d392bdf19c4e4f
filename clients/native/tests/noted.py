"""Has births noted by the tracer's library, in settings with small limits."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

from fake_tensors import DEVICE, Place, Unique, place
from tt_memwatch_tracer.births import NativeBirths, Setting

FRAMES_MAX, RECORDS_MAX, NUMBERS_MAX = 4, 6, 3

Births = dict[Place, tuple[str, tuple[Any, ...], tuple[int, ...]]]
Note = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]


def begin(
    kind: type, operation: str | None = "made", ends: tuple[CodeType | None, CodeType | None] = (None, None)
) -> tuple[Births, Note]:
    births: Births = {}
    is_unique = hasattr(kind, "buffer_unique_id")
    setting = Setting(births, kind, ends, is_unique, FRAMES_MAX, RECORDS_MAX, NUMBERS_MAX)
    return births, NativeBirths(setting).noter(operation)


def numbers(births: Births) -> list[tuple[int, ...]]:
    return [numbers for _, _, numbers in births.values()]


def site_at(depth: int, note: Note, births: Births) -> tuple[Any, ...]:
    """The site of a call that so many frames lead to."""
    if depth > 0:
        return site_at(depth - 1, note, births)
    tensor = Unique(0, DEVICE)
    call(note, tensor)
    return births[place(tensor)][1]


def call(note: Note, tensor: Any) -> None:
    """Stands for what stands before an operation."""
    note(tensor, (), {})

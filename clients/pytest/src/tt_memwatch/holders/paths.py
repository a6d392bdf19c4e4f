"""Words for the way from a name to a tensor, as one would write it in Python where that is possible."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable
from types import (
    BuiltinMethodType,
    CellType,
    FrameType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
    TracebackType,
)
from typing import Any

from tt_memwatch.holders.callables import LRU_CACHE, in_cache, in_function, of_finalizer
from tt_memwatch.holders.frames import local_name
from tt_memwatch.holders.inspect_safely import class_attribute, class_name, instance_dict, is_a, slots
from tt_memwatch.holders.keys import shown
from tt_memwatch.holders.names import GENERATORS, PARTIAL, Names, where
from tt_memwatch.holders.referents import is_array
from tt_memwatch.holders.safe_types import UNNAMED_TREES


def describe_path(root: str, values: list[Any], names: Names) -> str:
    """The path that begins with `root` and goes down `values`: the first is the root, the last the tensor."""
    text, at = root, 0
    while at < len(values) - 1:
        text, at = _step(text, values, at, names)
    return of_finalizer(values) + text


def _step(text: str, values: list[Any], at: int, names: Names) -> tuple[str, int]:
    """The text after the next part that has a name, and where it ended: some parts are there for Python alone."""
    parent, child = values[at], values[at + 1]
    below = values[at + 2] if at + 2 < len(values) else None
    if is_a(parent, FunctionType):
        return in_function(text, values, at, names)
    if is_a(parent, LRU_CACHE):
        return in_cache(text, values, at, names)
    if is_a(parent, FrameType):
        return f"local {local_name(parent, child)!r} in {text}", at + 1
    if is_a(parent, *GENERATORS):
        return _in_generator(text, parent, values, at)
    if is_a(parent, BaseException) and is_a(child, TracebackType):
        return _in_exception(text, parent, values, at)
    if is_a(child, dict) and (
        is_a(parent, type, ModuleType) or (names.bears(parent) and child is instance_dict(parent))
    ):
        name = names.places.key_of(child, below) if below is not None else None
        return (f"{text}.{name}", at + 2) if type(name) is str else (text, at + 1)
    edge = next((edge for kinds, edge in _EDGES if is_a(parent, *kinds)), None)
    described = edge(text, parent, child, names) if edge is not None else None
    return described if described is not None else _attribute(text, parent, child, names), at + 1


def _in_generator(text: str, generator: Any, values: list[Any], at: int) -> tuple[str, int]:
    """Up to Python 3.10 a generator refers to its frame, later to the locals themselves."""
    kinds = ("gi_frame", "cr_frame", "ag_frame")
    frame = next((f for kind in kinds if (f := getattr(generator, kind, None)) is not None), None)
    if frame is None:
        return text, at + 1
    held_at = at + 2 if values[at + 1] is frame else at + 1
    place = f"suspended generator {generator.__qualname__} ({where(frame)})"
    held = "" if text.startswith("suspended generator") else f" held by {text}"
    if held_at >= len(values):
        return place + held, held_at
    return f"local {local_name(frame, values[held_at])!r} of {place}{held}", held_at


def _in_exception(text: str, error: BaseException, values: list[Any], at: int) -> tuple[str, int]:
    """The frame of the traceback that holds it, past the links of the traceback."""
    frame_at = at + 1
    while frame_at < len(values) - 1 and type(values[frame_at]) is TracebackType:
        frame_at += 1
    frame = values[frame_at]
    held = f"exception {class_name(type(error))}" + ("" if text.startswith("exception ") else f" held by {text}")
    if type(frame) is not FrameType or frame_at + 1 >= len(values):
        return held, frame_at
    local = local_name(frame, values[frame_at + 1])
    return f"local {local!r} in frame {frame.f_code.co_name} ({where(frame)}), kept alive by {held}", frame_at + 1


def _in_mapping(text: str, parent: dict[Any, Any], child: Any, names: Names) -> str | None:
    name = names.places.key_of(parent, child)
    if id(parent) in names.modules:
        return f"{text}.{name}"
    if name is not None:
        return f"{text}[{shown(name)}]"
    if names.places.is_key(parent, child):
        return f"a key of {text}"
    return None if type(parent) is not dict else f"{text}[...]"


def _in_list(text: str, parent: list[Any], child: Any, names: Names) -> str | None:
    return _at_index(text, names.places.index_of(parent, list.__iter__, child))


def _in_deque(text: str, parent: deque[Any], child: Any, names: Names) -> str | None:
    return _at_index(text, names.places.index_of(parent, deque.__iter__, child))


def _in_tuple(text: str, parent: tuple[Any, ...], child: Any, names: Names) -> str | None:
    index = names.places.index_of(parent, tuple.__iter__, child)
    fields = class_attribute(type(parent), "_fields")
    if index is not None and type(fields) is tuple and len(fields) > index:
        return f"{text}.{fields[index]}"
    return _at_index(text, index)


def _at_index(text: str, index: int | None) -> str | None:
    return f"{text}[{index}]" if index is not None else None


def _in_set(text: str, parent: Any, child: Any, names: Names) -> str | None:
    kind = set if is_a(parent, set) else frozenset
    is_member = names.places.index_of(parent, kind.__iter__, child) is not None
    return f"a member of the set {text}" if is_member else None


def _in_partial(text: str, parent: Any, child: Any, _names: Names) -> str | None:
    part = next((name for name, reader in PARTIAL.items() if reader.__get__(parent) is child), None)
    return f"{text}.{part}" if part is not None else None


def _in_method(text: str, parent: Any, child: Any, _names: Names) -> str:
    return f"{text}.__self__" if child is parent.__self__ else text


def _same(text: str, _parent: Any, _child: Any, _names: Names) -> str:
    return text


def _attribute(text: str, parent: Any, child: Any, names: Names) -> str:
    """By a slot or an attribute of an object; by its kind where that is not known."""
    attributes = instance_dict(parent) if names.bears(parent) else None
    name = names.places.key_of(attributes, child) if attributes is not None else None
    name = name if type(name) is str else _slot_of(parent, child)
    if name is not None:
        return f"{text}.{name}"
    if is_array(parent):
        return f"{text}.flat[{names.places.index_of(parent, lambda array: array.flat, child)}]"
    kind = class_name(type(parent))
    return text if kind in UNNAMED_TREES or kind == "Context" else f"{text} (in a {kind})"


def _slot_of(value: Any, child: Any) -> str | None:
    for name, read in slots(value):
        try:
            if read() is child:
                return name
        except AttributeError:
            continue
    return None


_EDGES: tuple[tuple[tuple[type, ...], Callable[[str, Any, Any, Names], str | None]], ...] = (
    ((dict,), _in_mapping),
    ((list,), _in_list),
    ((tuple,), _in_tuple),
    ((deque,), _in_deque),
    ((set, frozenset), _in_set),
    ((functools.partial,), _in_partial),
    ((MethodType, BuiltinMethodType), _in_method),
    ((CellType, ModuleType, MappingProxyType, TracebackType, property, staticmethod, classmethod), _same),
)

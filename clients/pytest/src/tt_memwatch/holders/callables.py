"""Words for what a function, the cache of one, or a finalizer holds."""

from __future__ import annotations

import functools
import gc
import weakref
from types import CodeType, FunctionType
from typing import Any

from tt_memwatch.holders.inspect_safely import class_name, instance_dict, is_a, slot
from tt_memwatch.holders.keys import shown
from tt_memwatch.holders.names import Names, callable_name

LRU_CACHE = type(functools.lru_cache(lambda: None))

#: Types of arguments named of a cached call.
TYPES_MAX = 8

_FINALIZER_INFO: Any = getattr(weakref.finalize, "_Info", None)


def in_function(text: str, values: list[Any], at: int, names: Names) -> tuple[str, int]:
    """A variable of its closure, a default argument or an attribute, and where the function itself is."""
    function: FunctionType = values[at]
    child: Any = values[at + 1]
    below = values[at + 2] if at + 2 < len(values) else None
    name = names.own_name(function) or text
    if below is None:
        return text, at + 1
    if child is function.__closure__:
        return f"closure variable {_closure_variable(function, below)!r} of {name}", at + 3
    if child is function.__defaults__:
        return f"default argument {_defaulted(function, below)!r} of {name}", at + 2
    keywords: Any = function.__kwdefaults__
    if keywords is not None and child is keywords:
        return f"default argument {names.places.key_of(keywords, below)!r} of {name}", at + 2
    if is_a(child, dict) and child is function.__dict__:
        return f"{name}.{names.places.key_of(child, below)}", at + 2
    return text, at + 1


def _closure_variable(function: FunctionType, cell: Any) -> str | None:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    return next((name for name, held in cells if held is cell), None)


def _defaulted(function: FunctionType, value: Any) -> str | None:
    code: CodeType = function.__code__
    defaults = function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount][-len(defaults) :]
    return next((name for name, held in zip(names, defaults, strict=False) if held is value), None)


def in_cache(text: str, values: list[Any], at: int, names: Names) -> tuple[str, int]:
    """A result that an `lru_cache` keeps, with the key it is kept under and the types of the call's arguments."""
    cache, child = values[at], values[at + 1]
    if is_a(child, dict) and at + 2 < len(values):
        attributes = instance_dict(cache)
        if attributes is not None and child is attributes:
            return f"{text}.{names.places.key_of(attributes, values[at + 2])}", at + 2
        key = names.places.key_of(child, values[at + 2])
        if key is not None:
            return f"the lru_cache of {text}[{shown(key)}]{_called_with(key)}", at + 2
        return f"the lru_cache of {text}", at + 1
    # One with a limit shows key and result of each call in turn.
    shows = gc.get_referents(cache)
    index = next((i for i, value in enumerate(shows) if value is child), 0)
    if index > 0 and type(child) is not tuple:
        return f"the lru_cache of {text}[{shown(shows[index - 1])}]{_called_with(shows[index - 1])}", at + 1
    return f"the lru_cache of {text}", at + 1


def _called_with(key: Any) -> str:
    """The arguments' types as `functools` wrote them into a key: all in a tuple, names of keywords after a mark."""
    parts = list(key) if type(key) is tuple else [key]
    mark = next((i for i, part in enumerate(parts) if type(part) is object), len(parts))
    positional, named = parts[:mark], parts[mark + 1 :]
    texts = [class_name(type(part)) for part in _untyped(positional)]
    for name, value in zip(named[::2], named[1::2], strict=False):
        if type(name) is str:
            texts.append(f"{name}={class_name(type(value))}")
    if len(texts) > TYPES_MAX:
        texts[TYPES_MAX:] = ["..."]
    return f" called with ({', '.join(texts)})"


def _untyped(parts: list[Any]) -> list[Any]:
    """Without the arguments' types, which a typed cache appends where no keyword follows."""
    half = len(parts) // 2
    is_typed = len(parts) % 2 == 0 and all(type(a) is b for a, b in zip(parts[:half], parts[half:], strict=True))
    return parts[:half] if is_typed else parts


def of_finalizer(values: list[Any]) -> str:
    """Says whose finalizer a path leads through, and what it calls."""
    info = next((value for value in values if _FINALIZER_INFO is not None and type(value) is _FINALIZER_INFO), None)
    if info is None:
        return ""
    reference = slot(info, "weakref")
    awaited = reference() if type(reference) is weakref.ReferenceType else None
    return f"weakref.finalize callback {callable_name(slot(info, 'func'))} of a living {class_name(type(awaited))}, in "

"""Where in a container something is, found by identity alone: no key is compared, hashed or asked to show itself."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.peek import class_name, is_a

#: Longest text of a dictionary's key, in characters.
MAX_KEY = 60

#: Types that show themselves in a way of Python's own.
_SHOWN: tuple[type, ...] = (str, bytes, bool, int, float, type(None))


def key_of(mapping: dict[Any, Any], child: Any, deadline: Deadline) -> Any:
    """The key of a value; None where there is none."""
    item = deadline.first(dict.items(mapping), lambda item: item[1] is child)
    return item[0] if item is not None else None


def is_key(mapping: dict[Any, Any], child: Any, deadline: Deadline) -> bool:
    return deadline.first(((key,) for key in dict.keys(mapping)), lambda found: found[0] is child) is not None


def index_of(elements: Iterable[Any], child: Any, deadline: Deadline) -> int | None:
    numbered = deadline.first(zip(count(), elements, strict=False), lambda pair: pair[1] is child)
    return numbered[0] if numbered is not None else None


def shown(key: Any) -> str:
    """As Python writes it; a subclass as the value it is."""
    kind: Any = next((kind for kind in _SHOWN if is_a(key, kind)), None)
    if kind is None:
        return f"<{class_name(type(key))}>"
    # An enormous number or string is not written out to be cut.
    if kind in (str, bytes):
        key = kind.__getitem__(key, slice(MAX_KEY))
    elif kind is int and int.bit_length(key) > MAX_KEY * 4:
        return "<int>"
    text = str(kind.__repr__(key))
    return text if len(text) <= MAX_KEY else f"{text[: MAX_KEY - 3]}..."

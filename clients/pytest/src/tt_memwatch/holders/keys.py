"""Where in a container something is, found by identity alone: no key is compared, hashed or asked to show itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.inspect_safely import class_name, is_a

#: Longest text of a dictionary's key, in characters.
KEY_MAX = 60

#: Questions to one container that are answered one by one.
OFTEN = 3

#: Types that show themselves in a way of Python's own.
_SHOWN: tuple[type, ...] = (str, bytes, bool, int, float, type(None))


@dataclass
class Places:
    """Where things are in containers, for one search. A container that is asked about often is gone through once."""

    deadline: Deadline
    #: By the identity of a container and what is asked for: how often that was.
    _asked: dict[tuple[int, str], int] = field(default_factory=dict)
    #: The container, and by the identity of what is in it the first place where it is.
    _known: dict[tuple[int, str], tuple[Any, dict[int, Any]]] = field(default_factory=dict)

    def key_of(self, mapping: dict[Any, Any], child: Any) -> Any:
        """The key of a value; None where there is none."""
        return self._find(mapping, "key", child, lambda: dict.items(mapping))

    def is_key(self, mapping: dict[Any, Any], child: Any) -> bool:
        return self._find(mapping, "is key", child, lambda: ((True, key) for key in dict.keys(mapping))) is not None

    def index_of(self, container: Any, elements: Callable[[Any], Iterable[Any]], child: Any) -> int | None:
        """The index of an element; `elements` goes through the container."""
        found: int | None = self._find(container, "index", child, lambda: zip(count(), elements(container)))
        return found

    def _find(self, container: Any, what: str, child: Any, pairs: Callable[[], Iterable[tuple[Any, Any]]]) -> Any:
        """What comes first in the first pair whose second is the child."""
        key = id(container), what
        self._asked[key] = self._asked.get(key, 0) + 1
        if self._asked[key] <= OFTEN:
            pair = self.deadline.first(pairs(), lambda pair: pair[1] is child)
            return pair[0] if pair is not None else None
        if key not in self._known:
            places: dict[int, Any] = {}
            for stride in self.deadline.strides(pairs()):
                for place, value in stride:
                    places.setdefault(id(value), place)
            self._known[key] = container, places
        return self._known[key][1].get(id(child))


def shown(key: Any) -> str:
    """As Python writes it, in `KEY_MAX` characters at most; a subclass as the value it is.

    A text that is cut ends with its quote all the same: the engine sees by it where a key ends.
    """
    kind: Any = next((kind for kind in _SHOWN if is_a(key, kind)), None)
    if kind is None:
        return f"<{class_name(type(key))}>"
    # An enormous number or string is not written out to be cut.
    if kind in (str, bytes):
        text = str(kind.__repr__(kind.__getitem__(key, slice(KEY_MAX))))
        return text if len(text) <= KEY_MAX else _cut(text)
    if kind is int and int.bit_length(key) > KEY_MAX * 4:
        return "<int>"
    text = str(kind.__repr__(key))
    return text if len(text) <= KEY_MAX else f"{text[: KEY_MAX - 3]}..."


def _cut(text: str) -> str:
    begin = text[: KEY_MAX - 4]
    # An odd one would escape what follows.
    backslashes = len(begin) - len(begin.rstrip("\\"))
    return f"{begin[: len(begin) - backslashes % 2]}...{text[-1]}"


#: What is in brackets: an index, or a key as `shown` writes it.
_IN_BRACKETS = re.compile(r"""\[(?:[^\[\]"'\\]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*\]""")


def shortened(path: str, length: int) -> str:
    """A path in `length` characters at most. Of a longer one the keys go first, not what they are keys of."""
    if len(path) <= length:
        return path
    path = _IN_BRACKETS.sub("[...]", path)
    return path if len(path) <= length else f"{path[: length - 3]}..."

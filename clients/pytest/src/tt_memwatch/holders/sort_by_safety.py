"""Sorts objects by how they may be asked, a chunk at a time, with as little as possible for each single one."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from tt_memwatch.holders.referents import LARGE, length_of
from tt_memwatch.holders.safe_types import Ask, can_end, how_to_ask, known_types

_EXACT = frozenset(map(id, (dict, list, tuple, set, frozenset, deque)))

#: Types that can end and are remembered; beyond that they are forgotten.
TYPES_MAX = 4_096


@dataclass(frozen=True)
class Sorted:
    #: May be asked with others.
    together: list[object]
    #: May be asked alone: modules, classes with an extension's metaclass, large containers.
    by_hand: list[object]
    #: May not be asked.
    never: list[object]


@dataclass
class Sorting:
    """What is known of each type, by its identity: as a key a type would be asked for its hash."""

    _known: frozenset[int] = field(default_factory=known_types)
    _asked: dict[int, Ask] = field(default_factory=dict)
    _together: dict[int, bool] = field(default_factory=dict)
    _others: dict[int, bool] = field(default_factory=dict)
    #: Python's own containers, classes that derive from one, and how many elements an object of such a class has.
    _own: dict[int, bool] = field(default_factory=dict)
    _derived: dict[int, bool] = field(default_factory=dict)
    _lengths: dict[int, Callable[[Any], int]] = field(default_factory=dict)
    #: Of those that can end: the reference that their bases know them by, so that nothing is made here.
    _references: dict[int, weakref.ref[type]] = field(default_factory=dict)

    def renew(self) -> None:
        """To be called before it is used once more: another type may have the identity of one that ended."""
        self._known = known_types()
        ended = [identity for identity, reference in self._references.items() if reference() is None]
        if len(self._references) > TYPES_MAX:
            ended = list(self._references)
        for identity in ended:
            del self._references[identity]
            for known in (self._asked, self._together, self._others, self._own, self._derived, self._lengths):
                known.pop(identity, None)

    def sort(self, objects: list[object]) -> Sorted:
        ids = list(map(id, map(type, objects)))
        try:
            together = list(compress(objects, map(self._together.__getitem__, ids)))
        except KeyError:
            for value in objects:
                self._learn(type(value))
            together = list(compress(objects, map(self._together.__getitem__, ids)))
        large = self._large(objects, ids)
        if large:
            together = [value for value in together if id(value) not in large]
        others = list(compress(objects, map(self._others.__getitem__, ids)))
        by_hand = [value for value in others if self._asked[id(type(value))] is Ask.BY_HAND]
        never = [value for value in others if self._asked[id(type(value))] is Ask.NEVER]
        return Sorted(together, [*large.values(), *by_hand], never)

    def may_be_asked(self, value: object) -> bool:
        self._learn(type(value))
        return self._asked[id(type(value))] is not Ask.NEVER

    def _large(self, objects: list[object], ids: list[int]) -> dict[int, object]:
        """Those with too many elements to be asked with others, by identity."""
        large = {}
        own: list[Any] = list(compress(objects, map(self._own.__getitem__, ids)))
        if own and max(map(len, own)) >= LARGE:
            large = {id(value): value for value in own if len(value) >= LARGE}
        for value in compress(objects, map(self._derived.__getitem__, ids)):
            if self._lengths[id(type(value))](value) >= LARGE:
                large[id(value)] = value
        return large

    def _learn(self, kind: type) -> None:
        identity = id(kind)
        if identity in self._asked:
            return
        ask = how_to_ask(kind, self._known)
        length = length_of(kind) if ask is Ask.TOGETHER else None
        if can_end(kind):
            self._references[identity] = weakref.ref(kind)
        self._asked[identity] = ask
        self._together[identity] = ask is Ask.TOGETHER
        self._others[identity] = ask is not Ask.TOGETHER
        self._own[identity] = identity in _EXACT
        self._derived[identity] = length is not None and identity not in _EXACT
        if length is not None:
            self._lengths[identity] = length

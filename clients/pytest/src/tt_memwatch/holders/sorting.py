"""Sorts objects by how they may be asked, a chunk at a time, with as little as possible for each single one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from tt_memwatch.holders.parts import LARGE, length_of
from tt_memwatch.holders.safe_types import Ask, how_to_ask, known_types

_EXACT = frozenset(map(id, (dict, list, tuple, set, frozenset, deque)))


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
    _together: dict[int, bool] = field(default_factory=dict)
    _by_hand: dict[int, bool] = field(default_factory=dict)
    _never: dict[int, bool] = field(default_factory=dict)
    #: Python's own containers, and for classes that derive from one, how many elements such an object has.
    _containers: dict[int, bool] = field(default_factory=dict)
    _lengths: dict[int, Callable[[Any], int]] = field(default_factory=dict)

    def sort(self, objects: list[object]) -> Sorted:
        ids = list(map(id, map(type, objects)))
        distinct = dict(zip(ids, objects, strict=True))
        for value in distinct.values() if not distinct.keys() <= self._together.keys() else ():
            self._learn(type(value))
        together = list(compress(objects, map(self._together.__getitem__, ids)))
        large = self._large(objects, ids, distinct.keys())
        if large:
            together = [value for value in together if id(value) not in large]
        return Sorted(
            together,
            [*large.values(), *compress(objects, map(self._by_hand.__getitem__, ids))],
            list(compress(objects, map(self._never.__getitem__, ids))),
        )

    def may_be_asked(self, value: object) -> bool:
        self._learn(type(value))
        return not self._never[id(type(value))]

    def _large(self, objects: list[object], ids: list[int], distinct: Any) -> dict[int, object]:
        """Those with too many elements to be asked with others, by identity."""
        containers: list[Any] = list(compress(objects, map(self._containers.__getitem__, ids)))
        large = {}
        if containers and max(map(len, containers)) >= LARGE:
            large = {id(value): value for value in containers if len(value) >= LARGE}
        if not self._lengths.keys().isdisjoint(distinct):
            for value, kind in zip(objects, ids, strict=True):
                length = self._lengths.get(kind)
                if length is not None and length(value) >= LARGE:
                    large[id(value)] = value
        return large

    def _learn(self, kind: type) -> None:
        identity = id(kind)
        if identity in self._together:
            return
        ask = how_to_ask(kind, self._known)
        self._together[identity] = ask is Ask.TOGETHER
        self._by_hand[identity] = ask is Ask.BY_HAND
        self._never[identity] = ask is Ask.NEVER
        self._containers[identity] = identity in _EXACT
        length = length_of(kind)
        if length is not None and ask is Ask.TOGETHER and identity not in _EXACT:
            self._lengths[identity] = length

"""Downwards: which objects refer to a wanted tensor.

ttnn's tensors are neither tracked by the garbage collector nor weakly referable, so their containers are looked for:
among all objects that may be asked, in chunks, those that refer to a tensor.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import filterfalse
from typing import Any

from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.heap import Heap
from tt_memwatch.holders.node import Node
from tt_memwatch.holders.parts import LARGE, is_array, is_object_array, parts_of
from tt_memwatch.holders.wanted import Wanted

#: Containers that may hold tensors and not be tracked are opened this deep.
MAX_UNTRACKED = 6


@dataclass
class Containers:
    heap: Heap
    wanted: Wanted
    deadline: Deadline
    #: Identities of types: all that were met, of what is looked for, of what may hold it untracked, of arrays.
    _met: set[int] = field(default_factory=set)
    _kinds: set[int] = field(default_factory=set)
    _openable: set[int] = field(default_factory=set)
    _array_types: set[int] = field(default_factory=set)
    #: Large untracked containers and arrays of objects, by identity, and whether a tensor is in them.
    _large: dict[int, tuple[Any, bool]] = field(default_factory=dict)

    def find(self) -> list[Node]:
        """A node for each wanted tensor in a container, outermost of the untracked containers first."""
        found: list[Node] = []
        for container in self.heap.owners(self._have_tensor, self.deadline):
            found += self._dig(container, 0)
        found += [Node(value, None, buffer) for value in self.heap.sought if (buffer := self.wanted.buffer_of(value))]
        return found

    def _have_tensor(self, parts: list[Any], depth: int = 0) -> bool:
        untracked = list(filterfalse(gc.is_tracked, parts))
        kinds = dict(zip(map(id, map(type, untracked)), untracked, strict=True))
        if not kinds.keys() <= self._met:
            self._learn(kinds)
        if not self._array_types.isdisjoint(kinds):
            self._note_arrays(untracked)
        if not self._kinds.isdisjoint(kinds):
            return True
        if depth >= MAX_UNTRACKED or self._openable.isdisjoint(kinds):
            return False
        return self._open(untracked, depth + 1)

    def _learn(self, kinds: dict[int, Any]) -> None:
        """An object of each type, by the identity of the type."""
        for identity, value in kinds.items():
            kind = type(value)
            if issubclass(kind, self.wanted.kinds):
                self._kinds.add(identity)
            elif kind is tuple or kind is dict or is_array(value):
                self._openable.add(identity)
                if is_array(value):
                    self._array_types.add(identity)
        self._met.update(kinds)

    def _note_arrays(self, untracked: list[Any]) -> None:
        """What arrays of objects refer to is not found otherwise: the collector does not follow them."""
        for value in untracked:
            if id(type(value)) in self._array_types and value.size > 0 and is_object_array(value):
                self.heap.arrays[id(value)] = value

    def _open(self, untracked: list[Any], depth: int) -> bool:
        """Whether a tensor is in an untracked container: all small ones are asked together, a large one by parts."""
        openable = self._openable
        found = [value for value in untracked if id(type(value)) in openable]
        small = [value for value in found if (type(value) is tuple or type(value) is dict) and len(value) < LARGE]
        if small and self._have_tensor(gc.get_referents(*small), depth):
            return True
        return len(small) < len(found) and any(
            self._is_in_large(value, depth) for value in found if not _is_small(value)
        )

    def _is_in_large(self, value: Any, depth: int) -> bool:
        """Each is looked through once, however many refer to it."""
        if id(value) not in self._large:
            parts = parts_of(value, self.deadline) if _is_openable(value) else ()
            self._large[id(value)] = value, any(self._have_tensor(part, depth) for part in parts)
        return self._large[id(value)][1]

    def _dig(self, container: Any, depth: int) -> Iterator[Node]:
        """A node for each wanted tensor in a container, with the untracked containers in between."""
        for parts in parts_of(container, self.deadline):
            for stride in self.deadline.strides(filterfalse(gc.is_tracked, parts)):
                for part in stride:
                    yield from self._dig_part(container, part, depth)

    def _dig_part(self, container: Any, part: Any, depth: int) -> Iterator[Node]:
        if issubclass(type(part), self.wanted.kinds):
            buffer = self.wanted.buffer_of(part)
            if buffer is not None:
                yield Node(container, Node(part, None, buffer), buffer)
        elif depth < MAX_UNTRACKED and id(type(part)) in self._openable and _is_openable(part):
            for node in self._dig(part, depth + 1):
                yield Node(container, node, node.buffer)


def _is_small(value: Any) -> bool:
    return (type(value) is tuple or type(value) is dict) and len(value) < LARGE


def _is_openable(value: Any) -> bool:
    return (type(value) is tuple or type(value) is dict) or is_object_array(value)

"""Tensors in what the garbage collector does not track: plain tuples and dicts, and arrays of objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import filterfalse
from typing import Any

from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.node import Node
from tt_memwatch.holders.referents import LARGE, is_array, is_object_array, parts_of
from tt_memwatch.holders.wanted_buffers import Wanted

#: Containers that may hold tensors and not be tracked are opened this deep.
UNTRACKED_MAX = 6


@dataclass
class Untracked:
    wanted: Wanted
    deadline: Deadline
    #: Arrays of objects that were met, by identity: what they refer to is not found otherwise.
    arrays: dict[int, Any]
    #: Identities of types: all that were met, of what is looked for, of what may hold it untracked, of arrays.
    _met: set[int] = field(default_factory=set)
    _kinds: set[int] = field(default_factory=set)
    _openable: set[int] = field(default_factory=set)
    _array_types: set[int] = field(default_factory=set)
    #: Large untracked containers and arrays of objects, by identity, and whether a tensor is in them.
    _large: dict[int, tuple[Any, bool]] = field(default_factory=dict)

    def have_tensor(self, parts: list[Any], depth: int = 0) -> bool:
        untracked = list(filterfalse(gc.is_tracked, parts))
        kinds = self._learn(untracked)
        if not self._array_types.isdisjoint(kinds):
            self._note_arrays(untracked)
        if not self._kinds.isdisjoint(kinds):
            return True
        if depth >= UNTRACKED_MAX or self._openable.isdisjoint(kinds):
            return False
        return self._open(untracked, depth + 1)

    def nodes_in(self, container: Any, depth: int = 0) -> Iterator[Node]:
        """A node for each wanted tensor in a container, with the untracked containers in between."""
        for parts in parts_of(container, self.deadline):
            for stride in self.deadline.strides(filterfalse(gc.is_tracked, parts)):
                self._learn(stride)
                for part in stride:
                    yield from self._nodes_in_part(container, part, depth)

    def _learn(self, values: list[Any]) -> dict[int, Any]:
        """An object of each type, by the identity of the type."""
        kinds = dict(zip(map(id, map(type, values)), values, strict=True))
        if kinds.keys() <= self._met:
            return kinds
        for identity, value in kinds.items():
            kind = type(value)
            if issubclass(kind, self.wanted.kinds):
                self._kinds.add(identity)
            elif kind is tuple or kind is dict or is_array(value):
                self._openable.add(identity)
                if is_array(value):
                    self._array_types.add(identity)
        self._met.update(kinds)
        return kinds

    def _note_arrays(self, untracked: list[Any]) -> None:
        for value in untracked:
            if id(type(value)) in self._array_types and is_filled(value):
                self.arrays[id(value)] = value

    def _open(self, untracked: list[Any], depth: int) -> bool:
        """Whether a tensor is in an untracked container: all small ones are asked together, a large one by parts."""
        openable = self._openable
        found = [value for value in untracked if id(type(value)) in openable]
        small = [value for value in found if (type(value) is tuple or type(value) is dict) and len(value) < LARGE]
        if small and self.have_tensor(gc.get_referents(*small), depth):
            return True
        return len(small) < len(found) and any(
            self._is_in_large(value, depth) for value in found if not _is_small(value)
        )

    def _is_in_large(self, value: Any, depth: int) -> bool:
        """Each is looked through once, however many refer to it."""
        if id(value) not in self._large:
            parts = parts_of(value, self.deadline) if _is_openable(value) else ()
            self._large[id(value)] = value, any(self.have_tensor(part, depth) for part in parts)
        return self._large[id(value)][1]

    def _nodes_in_part(self, container: Any, part: Any, depth: int) -> Iterator[Node]:
        identity = id(type(part))
        if identity in self._kinds:
            buffer = self.wanted.buffer_of(part)
            if buffer is not None:
                yield Node(container, Node(part, None, buffer), buffer)
        elif depth < UNTRACKED_MAX and identity in self._openable and _is_openable(part):
            for node in self.nodes_in(part, depth + 1):
                yield Node(container, node, node.buffer)


def is_filled(array: Any) -> bool:
    """Whether an array has elements that are objects."""
    return array.size > 0 and is_object_array(array)


def _is_small(value: Any) -> bool:
    return (type(value) is tuple or type(value) is dict) and len(value) < LARGE


def _is_openable(value: Any) -> bool:
    return (type(value) is tuple or type(value) is dict) or is_object_array(value)

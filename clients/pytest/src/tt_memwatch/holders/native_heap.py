"""The same search as through `Heap`, by the tracer's library: all objects are asked once, in one native step.

The library answers with what has tensors and, level by level, with what refers to that, as far as it is cheap. What is
needed beyond that is asked for when it is.
"""

from __future__ import annotations

import gc
import sys
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.heap import FROZEN
from tt_memwatch.holders.names import Names, types_with_names
from tt_memwatch.holders.node import Node
from tt_memwatch.holders.referents import array_type, parts_of
from tt_memwatch.holders.safe_types import Ask, how_to_ask, known_types
from tt_memwatch.holders.sort_by_safety import Sorting
from tt_memwatch.holders.untracked import Untracked, is_filled
from tt_memwatch.holders.wanted_buffers import Wanted


@dataclass(frozen=True)
class Library:
    """`tt_memwatch_tracer.heap`, and its `Heap`."""

    module: Any
    heap: Any

    @classmethod
    def load(cls) -> Library | None:
        """None where it is not there, or cannot search here. Before other threads stand still: files are read."""
        try:
            from tt_memwatch_tracer import heap

            return cls(heap, heap.Heap())
        except (ImportError, OSError, AttributeError):  # the last: a library of another version
            return None


@dataclass
class NativeHeap:
    """What was found is held, so that an identity stays its own as long as this lives."""

    _module: Any
    _heap: Any
    #: Identities of the youngest objects when the search began.
    _young: array[int]
    #: The objects that are looked through; None: all that the collector tracks.
    among: list[object] | None = None
    _known: frozenset[int] = field(default_factory=known_types)
    _sorting: Sorting = field(default_factory=Sorting)
    _setting: Any = None
    #: Arrays of objects that were met, which the collector does not follow, by identity.
    _arrays: dict[int, Any] = field(default_factory=dict)
    _held: list[Any] = field(default_factory=list)
    #: Identity of an object -> what refers to it by identity; and the other way round.
    _above: dict[int, dict[int, Any]] = field(default_factory=dict)
    _below: dict[int, set[int]] = field(default_factory=dict)
    #: Identities of objects whose owners are all known.
    _expanded: set[int] = field(default_factory=set)

    @classmethod
    def of_process(cls, library: Library, near: Callable[[], list[object]] | None = None) -> NativeHeap:
        """To be called first of all in a search. `near` gives the objects to look through, where these are not all."""
        young = array("Q", map(id, gc.get_objects(generation=0)))
        return cls(library.module, library.heap, young, near() if near is not None else None)

    def may_be_asked(self, value: object) -> bool:
        return self._sorting.may_be_asked(value)

    def find(self, wanted: Wanted, names: Names, deadline: Deadline) -> list[Node]:
        """A node for each wanted tensor in a container, outermost of the untracked containers first."""
        self._setting = self._module.Setting(
            self._young,
            array("Q", (*names.modules, *names.running)),
            types_with_names(),
            array_type(),
            self._modules(),
            self.among,
        )
        untracked = Untracked(wanted, deadline, self._arrays)
        answer = self._ask(deadline, wanted_types=wanted.kinds)
        if answer is None:
            return []
        self._arrays.update((id(value), value) for value in _these(answer, answer.arrays) if is_filled(value))
        found = list(self._nodes(answer, untracked, set()))
        found += [
            Node(value, None, buffer) for value in _these(answer, answer.sought) if (buffer := wanted.buffer_of(value))
        ]
        return found + list(self._nodes_in_arrays(untracked, deadline))

    def _modules(self) -> dict[str, Any] | None:
        hides_objects = self.among is None and gc.get_freeze_count() > FROZEN
        return sys.modules if hides_objects and type(sys.modules) is dict else None

    def owners_of(self, values: Mapping[int, object], deadline: Deadline) -> Iterator[object]:
        """What refers to objects, which are given by their identity."""
        missing = [value for identity, value in values.items() if identity not in self._expanded]
        if missing:
            self._ask(deadline, targets=missing)
        owners: dict[int, Any] = {}
        for identity in values:
            owners.update(self._above.get(identity, {}))
        yield from owners.values()
        for value in self._arrays.values():
            if any(not values.keys().isdisjoint(map(id, parts)) for parts in parts_of(value, deadline)):
                yield value
            if deadline.is_over:
                return

    def parts_among(self, owner: object, values: Mapping[int, object], deadline: Deadline) -> set[int]:
        """Identities of those of the objects that an owner refers to."""
        if id(owner) in self._arrays:
            return {id(part) for parts in parts_of(owner, deadline) for part in parts if id(part) in values}
        return self._below.get(id(owner), set()) & values.keys()

    def foreign_owners_of(self, value: object, deadline: Deadline) -> Iterator[object]:
        """What refers to an object and may not be asked."""
        answer = self._search(deadline, targets=[value], is_foreign=True)
        if answer is not None:
            yield from _these(answer, answer.edges[::2])

    def _nodes(self, answer: Any, untracked: Untracked, done: set[int]) -> Iterator[Node]:
        nested = {id(owner): owner for owner in _these(answer, answer.nested)}
        for identity, owner in nested.items():
            if identity not in done:
                done.add(identity)
                yield from untracked.nodes_in(owner)
        objects, buffer_of = answer.objects, untracked.wanted.buffer_of
        for at, held_at in zip(answer.pairs[::2], answer.pairs[1::2], strict=True):
            if id(objects[at]) in done or id(objects[held_at]) in self._arrays:
                continue
            buffer = buffer_of(objects[held_at])
            if buffer is not None:
                yield Node(objects[at], Node(objects[held_at], None, buffer), buffer)

    def _nodes_in_arrays(self, untracked: Untracked, deadline: Deadline) -> Iterator[Node]:
        """Those in arrays of objects, and in what has such arrays."""
        have_some = []
        for value in list(self._arrays.values()):
            nodes = list(untracked.nodes_in(value)) if _has_tensor(value, untracked) else []
            if nodes:
                have_some.append(value)
            yield from nodes
        answer = self._ask(deadline, targets=have_some) if have_some else None
        if answer is None:
            return
        owners = [*_these(answer, answer.nested), *_these(answer, answer.pairs[::2])]
        for owner in {id(owner): owner for owner in owners}.values():
            yield from untracked.nodes_in(owner)

    def _ask(self, deadline: Deadline, **question: Any) -> Any:
        """Asks, and adds what it learns of owners to what is known."""
        answer = self._search(deadline, **question)
        if answer is None:
            return None
        objects = answer.objects
        for at, target_at in zip(answer.edges[::2], answer.edges[1::2], strict=True):
            owner, target = objects[at], objects[target_at]
            self._above.setdefault(id(target), {})[id(owner)] = owner
            self._below.setdefault(id(owner), set()).add(id(target))
        self._expanded.update(map(id, _these(answer, answer.expanded)))
        return answer

    def _search(self, deadline: Deadline, **question: Any) -> Any:
        answer = self._heap.search(self._module.Question(**question), self._setting, self._how_to_ask, deadline.left_s)
        if answer is not None:
            self._held.append(answer.objects)
        return answer

    def _how_to_ask(self, kind: type) -> int:
        ask = how_to_ask(kind, self._known)
        if ask is Ask.BY_HAND:
            return int(self._module.TYPE if issubclass(kind, type) else self._module.MODULE)
        return int(self._module.TOGETHER if ask is Ask.TOGETHER else self._module.NEVER)


def _these(answer: Any, numbers: memoryview) -> list[Any]:
    return [answer.objects[number] for number in numbers]


def _has_tensor(array: Any, untracked: Untracked) -> bool:
    return any(untracked.have_tensor(parts) for parts in parts_of(array, untracked.deadline))

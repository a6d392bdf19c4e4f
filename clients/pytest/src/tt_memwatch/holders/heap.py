"""The objects that a search looks through: what the garbage collector tracks, as far as it may be asked.

All are asked in bounded steps, so that a deadline holds. Asking many at once is what makes it fast: one step is a
handful of calls into C.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import filterfalse
from types import ModuleType

from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.inspect_safely import is_a
from tt_memwatch.holders.referents import parts_of
from tt_memwatch.holders.sort_by_safety import Sorting

#: Objects that are asked for their referents at once.
CHUNK = 2_048

#: Objects that CPython 3.12 itself hides from the collector when it starts are some hundreds (375 in 3.12.1). From this
#: many on the suite has called `gc.freeze()`: then there are as many as there were objects, 4,600 at least.
FROZEN = 2_000

#: Objects whose referrers are asked for at once: one pass over the heap compares each reference with each of them.
AT_ONCE = 16

#: Up to this many objects, and in a heap of up to this many, passes are cheaper than going through it chunk by chunk.
#: A pass cannot be interrupted; in a heap of a million it takes 50 to 100 ms.
PASSED_MAX = 64
HEAP_PASSED_MAX = 1_000_000

_IsWanted = Callable[[list[object]], bool]


@dataclass
class Heap:
    """All objects are held, so that an identity stays theirs as long as this lives. They are sorted when needed."""

    #: All that the collector lists, and the youngest of these: whatever is younger later on is the search's own.
    tracked: list[object]
    young: frozenset[int]
    #: Types of what is looked for; where the collector tracks such an object itself, it is `sought`.
    kinds: tuple[type, ...]
    #: Chunks that are asked together, newest objects first; what was frozen comes last.
    chunks: list[list[object]] = field(default_factory=list)
    #: Asked alone: modules, classes with an extension's metaclass, large containers.
    by_hand: list[object] = field(default_factory=list)
    #: Arrays of objects that were met, which the collector does not follow, by identity.
    arrays: dict[int, object] = field(default_factory=dict)
    sought: list[object] = field(default_factory=list)
    #: How many are yet to be sorted, and how many chunks come before those of frozen objects.
    _unsorted: int = 0
    _listed_chunks: int | None = None
    _sorting: Sorting = field(default_factory=Sorting)

    @classmethod
    def of_process(cls, kinds: tuple[type, ...]) -> Heap:
        young = frozenset(map(id, gc.get_objects(generation=0)))
        tracked = gc.get_objects()
        return cls(tracked, young, kinds, _unsorted=len(tracked))

    def may_be_asked(self, value: object) -> bool:
        return self._sorting.may_be_asked(value)

    def owners(self, is_wanted: _IsWanted, deadline: Deadline, listed: bool = True) -> Iterator[object]:
        """Objects whose parts are wanted; without `listed` only among those that the collector does not list."""
        for chunk in self._chunks(deadline) if listed else self.chunks[self._listed_chunks :]:
            yield from _narrow(chunk, is_wanted, deadline)
            if deadline.is_over:
                return
        for value in (*self.by_hand, *self.arrays.values()):
            if any(is_wanted(parts) for parts in parts_of(value, deadline)):
                yield value
            if deadline.is_over:
                return

    def owners_of(self, values: Mapping[int, object], deadline: Deadline) -> Iterator[object]:
        """What refers to objects, which are given by their identity."""
        ids = frozenset(values)
        is_few = len(ids) <= PASSED_MAX and len(self.tracked) <= HEAP_PASSED_MAX
        if is_few:
            yield from self._listed_owners(list(values.values()), deadline)
        yield from self.owners(lambda parts: not ids.isdisjoint(map(id, parts)), deadline, listed=not is_few)

    def parts_among(self, owner: object, values: Mapping[int, object], deadline: Deadline) -> set[int]:
        """Identities of those of the objects that an owner refers to."""
        return {identity for parts in parts_of(owner, deadline) for identity in map(id, parts) if identity in values}

    def _listed_owners(self, values: list[object], deadline: Deadline) -> Iterator[object]:
        """`gc.get_referrers` compares and takes no reference to what it is shown: it does no more than a collection."""
        for start in range(0, len(values), AT_ONCE):
            yield from filter(self.may_be_asked, self._referrers(values[start : start + AT_ONCE]))
            if deadline.is_over:
                return

    def foreign_owners_of(self, value: object, _deadline: Deadline) -> Iterator[object]:
        """What refers to an object and may not be asked."""
        if len(self.tracked) <= HEAP_PASSED_MAX:
            yield from filterfalse(self.may_be_asked, self._referrers([value]))

    def _referrers(self, values: list[object]) -> list[object]:
        """Without what the search itself made meanwhile: nothing is collected, so that is still among the youngest."""
        found = gc.get_referrers(*values)
        own = set(map(id, gc.get_objects(generation=0))) - self.young
        return [referrer for referrer in found if id(referrer) not in own]

    def _chunks(self, deadline: Deadline) -> Iterator[list[object]]:
        at = 0
        while at < len(self.chunks) or self._sort_more(deadline):
            yield self.chunks[at]
            at += 1

    def _sort_more(self, deadline: Deadline) -> bool:
        """Sorts another chunk, or at the end what was frozen; whether there was any."""
        if self._unsorted > 0:
            start = max(0, self._unsorted - CHUNK)
            self._add(self.tracked[start : self._unsorted])
            self._unsorted = start
            return True
        if self._listed_chunks is None:
            self._listed_chunks = len(self.chunks)
            if gc.get_freeze_count() > FROZEN:
                self._add_frozen(deadline)
            return len(self.chunks) > self._listed_chunks
        return False

    def _add(self, objects: list[object]) -> None:
        sorted_out = self._sorting.sort(objects)
        self.chunks.append(sorted_out.together)
        self.by_hand += sorted_out.by_hand
        self.sought += [value for value in sorted_out.never if issubclass(type(value), self.kinds)]

    def _add_frozen(self, deadline: Deadline) -> None:
        """What `gc.freeze()` hid: the collector tracks it and does not list it. Reached from the modules downwards."""
        seen = set(map(id, self.tracked))
        modules = [module for module in list(sys.modules.values()) if is_a(module, ModuleType)]
        hidden: dict[int, object] = {id(value): value for value in (sys.modules, *modules) if id(value) not in seen}
        chunks, by_hand = 0, 0
        while True:
            for parts in self._parts_since(chunks, by_hand, deadline):
                hidden.update((id(part), part) for part in parts if id(part) not in seen and gc.is_tracked(part))
                if deadline.is_over:
                    return
            chunks, by_hand = len(self.chunks), len(self.by_hand)
            if not hidden:
                return
            seen.update(hidden)
            found = list(hidden.values())
            for start in range(0, len(found), CHUNK):
                self._add(found[start : start + CHUNK])
            hidden.clear()

    def _parts_since(self, chunks: int, by_hand: int, deadline: Deadline) -> Iterator[list[object]]:
        for chunk in self.chunks[chunks:]:
            yield gc.get_referents(*chunk)
        for value in self.by_hand[by_hand:]:
            yield from parts_of(value, deadline)


def _narrow(objects: list[object], is_wanted: _IsWanted, deadline: Deadline) -> Iterator[object]:
    """Those of the objects whose parts are wanted, found by halving."""
    if not objects or deadline.is_over or not is_wanted(gc.get_referents(*objects)):
        return
    if len(objects) == 1:
        yield objects[0]
        return
    middle = len(objects) // 2
    yield from _narrow(objects[:middle], is_wanted, deadline)
    yield from _narrow(objects[middle:], is_wanted, deadline)

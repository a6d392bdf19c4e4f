"""Upwards: what each container is reached by, until something that has a name of its own."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Protocol

from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.frames import is_ours
from tt_memwatch.holders.inspect_safely import is_a
from tt_memwatch.holders.names import Names
from tt_memwatch.holders.node import Node
from tt_memwatch.holders.paths import describe_path
from tt_memwatch.holders.wanted_buffers import Buffer, Wanted
from tt_memwatch.holders.ways_up import Way, begin

#: Levels between a tensor and the name it is reached by; deeper ones are said to be deeper.
DEPTH_MAX = 24

#: Paths listed of one buffer.
PATHS_MAX = 5

#: Ways that are followed to their end for one buffer: several may read the same.
WAYS_MAX = 4 * PATHS_MAX

#: Objects of one level; a level beyond that is a data structure of which no part is named.
FRONTIER_MAX = 20_000

#: Objects of one level whose holders are looked for among what may not be asked.
FOREIGN_MAX = 8

#: Why a way has no name where the search had to end.
NO_TIME = "no time to look further"


class Owners(Protocol):
    """Who refers to what, however that is found out."""

    def owners_of(self, values: Mapping[int, object], deadline: Deadline) -> Iterator[object]: ...
    def parts_among(self, owner: object, values: Mapping[int, object], deadline: Deadline) -> set[int]: ...
    def foreign_owners_of(self, value: object, deadline: Deadline) -> Iterator[object]: ...


@dataclass
class Climb:
    heap: Owners
    wanted: Wanted
    names: Names
    deadline: Deadline
    #: Which running frame has a value for a local, by the value's identity: from Python 3.11 on the collector does not
    #: see what a running frame refers to.
    in_frames: dict[int, FrameType]
    #: Whether ways without a name are listed: not where only a part of all objects is known.
    tells_nameless: bool = True
    #: Where the ways of a buffer end, in order. Described last: to read the attributes of an instance can make a dict
    #: that looks like the search's own.
    _reached: dict[Buffer, list[tuple[Way, Node, str]]] = field(default_factory=dict)
    #: Identities of an owner and of the start that it was reached from.
    _seen: set[tuple[int, int]] = field(default_factory=set)
    #: Buffers with a path that a collection of garbage might end.
    _doubtful: set[Buffer] = field(default_factory=set)
    #: Identities of starts whose tensors have all the paths that are listed.
    _closed: set[int] = field(default_factory=set)
    #: Why ways are followed no further, where something ended them before the last level.
    _ended_by: str | None = None

    def from_(self, nodes: list[Node]) -> dict[Buffer, list[str]]:
        """Paths of each buffer, shortest first."""
        frontier, ends = begin(nodes), []
        for _ in range(DEPTH_MAX):
            frontier = [way for way in frontier if self._is_open(way) and not self._is_named(way)]
            values = {id(way.value): way.value for way in frontier}
            self._ended_by = self._end_of(values)
            if not frontier or self._ended_by is not None:
                break
            above = list(self._level_above(frontier, values))
            unreached = _without_owners(frontier, above)
            foreign = list(self._foreign_above([way for way in unreached if self._nodes_without_path(way)]))
            ends += _without_owners(unreached, foreign)
            frontier = above + foreign
        if self.tells_nameless:
            self._tell_nameless(frontier, self._beyond)
            self._tell_nameless(ends, self.names.dangling)
        return {buffer: self._described(ways) for buffer, ways in self._reached.items()}

    def lasting(self) -> set[Buffer]:
        """Buffers that are held whatever garbage there is, once paths were looked for."""
        return self._reached.keys() - self._doubtful

    def _end_of(self, level: Mapping[int, object]) -> str | None:
        if len(level) > FRONTIER_MAX:
            return f"more than {FRONTIER_MAX:,} objects on the way"
        return NO_TIME if self.deadline.is_over else None

    def _beyond(self, value: object) -> str:
        return f"... ({self._ended_by or f'more than {DEPTH_MAX} levels'}) {self.names.kind(value)}"

    def _is_open(self, way: Way) -> bool:
        if id(way.start) in self._closed:
            return False
        if all(len(self._reached.get(node.buffer, ())) >= WAYS_MAX for node in way.start.nodes):
            self._closed.add(id(way.start))
            return False
        return True

    def _is_named(self, way: Way) -> bool:
        root = self.names.root(way.value)
        if root is not None:
            lasts = self.names.is_lasting(way.value)
            for node in way.start.nodes:
                self._add(way, node, root)
                if not lasts or any(map(_has_weak_keys, way.values(node))):
                    self._doubtful.add(node.buffer)
        return root is not None

    def _level_above(self, frontier: list[Way], values: Mapping[int, object]) -> Iterator[Way]:
        """What refers to any of the frontier: each once for a start, but for those with a name, where paths end."""
        by_id: dict[int, list[Way]] = {}
        for way in frontier:
            by_id.setdefault(id(way.value), []).append(way)
            if id(way.value) in self.in_frames:
                yield Way(self.in_frames[id(way.value)], way, way.start)
        for owner in self.heap.owners_of(values, self.deadline):
            if is_ours(owner):
                continue
            below = [way for part in self.heap.parts_among(owner, values, self.deadline) for way in by_id[part]]
            yield from self._owned_by(owner, below, has_name=self.names.root(owner) is not None)

    def _owned_by(self, owner: object, ways: list[Way], has_name: bool) -> Iterator[Way]:
        """As many ways of a start as may be listed; none of it if the owner was reached from it on an earlier level."""
        counts: dict[tuple[int, int], int] = {}
        for way in ways:
            key = id(owner), id(way.start)
            counts[key] = counts.get(key, 0) + 1
            if key not in self._seen and counts[key] <= PATHS_MAX:
                yield Way(owner, way, way.start)
        if not has_name:
            self._seen.update(counts)

    def _foreign_above(self, ways: list[Way]) -> Iterator[Way]:
        """What may not be asked and refers to them: it has no parts, but it has a kind, and something holds it."""
        for way in ways[:FOREIGN_MAX]:
            for owner in self.heap.foreign_owners_of(way.value, self.deadline) if not self.deadline.is_over else ():
                yield from self._owned_by(owner, [way], has_name=False)

    def _tell_nameless(self, ends: list[Way], text_of: Callable[[Any], str]) -> None:
        """Where no path with a name was found, one without is all there is."""
        for way in ends:
            for node in self._nodes_without_path(way):
                self._add(way, node, text_of(way.value))
                self._doubtful.add(node.buffer)

    def _nodes_without_path(self, way: Way) -> list[Node]:
        return [node for node in way.start.nodes if node.buffer not in self._reached]

    def _add(self, way: Way, node: Node, root: str) -> None:
        reached = self._reached.setdefault(node.buffer, [])
        if len(reached) < WAYS_MAX:
            reached.append((way, node, root))

    def _described(self, ways: list[tuple[Way, Node, str]]) -> list[str]:
        paths = dict.fromkeys(self._describe(way.values(node), root) for way, node, root in ways)
        return list(paths)[:PATHS_MAX]

    def _describe(self, values: list[Any], root: str) -> str:
        path = describe_path(root, values, self.names)
        held = values[-1]
        return path if self.wanted.is_tensor(held) else f"{self.wanted.objects[id(held)][0]} held by {path}"


def _has_weak_keys(value: object) -> bool:
    """Whether entries go when their keys end, as those of a `WeakKeyDictionary` do."""
    if not is_a(value, dict):
        return False
    key = next(iter(dict.keys(value)), None)  # type: ignore[arg-type]
    return is_a(key, weakref.ref)


def _without_owners(ways: list[Way], above: list[Way]) -> list[Way]:
    reached = {id(way.below) for way in above}
    return [way for way in ways if id(way) not in reached]

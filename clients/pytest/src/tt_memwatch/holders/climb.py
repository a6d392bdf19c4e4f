"""Upwards: what each container is reached by, until something that has a name of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.frames import is_ours
from tt_memwatch.holders.heap import Heap
from tt_memwatch.holders.names import Names
from tt_memwatch.holders.node import Node
from tt_memwatch.holders.parts import parts_of
from tt_memwatch.holders.paths import describe_path
from tt_memwatch.holders.wanted import Buffer, Wanted

#: Levels between a tensor and the name it is reached by; deeper ones are said to be deeper.
MAX_DEPTH = 24

#: Paths told of one buffer.
MAX_PATHS = 5

#: Objects of one level; a level beyond that is a data structure of which no part is named.
MAX_FRONTIER = 20_000

#: Objects of one level whose holders are looked for among what may not be asked.
MAX_FOREIGN = 8


@dataclass
class Climb:
    heap: Heap
    wanted: Wanted
    names: Names
    deadline: Deadline
    #: Which running frame has a value for a local, by the value's identity: from Python 3.11 on the collector does not
    #: see what a running frame refers to.
    in_frames: dict[int, FrameType]
    found: dict[Buffer, list[str]] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    def from_(self, frontier: list[Node]) -> dict[Buffer, list[str]]:
        """Paths of each buffer, shortest first."""
        ends: list[Node] = []
        for _ in range(MAX_DEPTH):
            frontier = [node for node in frontier if self._is_open(node) and not self._is_named(node)]
            if not frontier or len(frontier) > MAX_FRONTIER or self.deadline.is_over:
                break
            above = list(self._level_above(frontier))
            reached = {id(node.child) for node in above}
            unreached = [node for node in frontier if id(node) not in reached]
            foreign = list(self._foreign_above([node for node in unreached if node.buffer not in self.found]))
            reached = {id(node.child) for node in foreign}
            ends += [node for node in unreached if id(node) not in reached]
            frontier = above + foreign
        self._tell_nameless(frontier, self._beyond)
        self._tell_nameless(ends, self.names.dangling)
        return self.found

    def _beyond(self, value: object) -> str:
        why = "no time to look further" if self.deadline.is_over else f"more than {MAX_DEPTH} levels"
        return f"... ({why}) {self.names.kind(value)}"

    def _is_open(self, node: Node) -> bool:
        return len(self.found.get(node.buffer, ())) < MAX_PATHS

    def _is_named(self, node: Node) -> bool:
        root = self.names.root(node.value)
        if root is not None:
            self._add(node, root)
        return root is not None

    def _level_above(self, frontier: list[Node]) -> Iterator[Node]:
        """What refers to any of the frontier: each once, but for those with a name, where paths end."""
        by_id: dict[int, list[Node]] = {}
        for node in frontier:
            by_id.setdefault(id(node.value), []).append(node)
            if id(node.value) in self.in_frames:
                yield Node(self.in_frames[id(node.value)], node, node.buffer)
        for owner in self.heap.owners_of({id(node.value): node.value for node in frontier}, self.deadline):
            if id(owner) in self._seen or is_ours(owner):
                continue
            if self.names.root(owner) is None:
                self._seen.add(id(owner))
            for parts in parts_of(owner, self.deadline):
                for part in set(map(id, parts)) & by_id.keys():
                    for node in by_id[part]:
                        yield Node(owner, node, node.buffer)

    def _foreign_above(self, nodes: list[Node]) -> Iterator[Node]:
        """What may not be asked and refers to them: it has no parts, but it has a kind, and something holds it."""
        for node in nodes[:MAX_FOREIGN]:
            for owner in self.heap.foreign_owners_of(node.value) if not self.deadline.is_over else ():
                if id(owner) not in self._seen:
                    self._seen.add(id(owner))
                    yield Node(owner, node, node.buffer)

    def _tell_nameless(self, ends: list[Node], text_of: Callable[[Any], str]) -> None:
        """Where no path with a name was found, one without is all there is."""
        for node in ends:
            if node.buffer not in self.found:
                self._add(node, text_of(node.value))

    def _add(self, node: Node, root: str) -> None:
        values = node.values()
        path = describe_path(root, values, self.names)
        held = values[-1]
        if not self.wanted.is_tensor(held):
            path = f"{self.wanted.objects[id(held)][0]} held by {path}"
        paths = self.found.setdefault(node.buffer, [])
        if path not in paths and len(paths) < MAX_PATHS:
            paths.append(path)

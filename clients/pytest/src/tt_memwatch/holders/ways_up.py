"""From what has wanted tensors upwards: one way serves all tensors of a container."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tt_memwatch.holders.node import Node


@dataclass(frozen=True)
class Start:
    """An object, and a node for each wanted tensor that it has: the first value of each is the object."""

    value: Any
    nodes: list[Node]


@dataclass(frozen=True)
class Way:
    """An object above a start, or the start itself."""

    value: Any
    below: Way | None
    start: Start

    def values(self, node: Node) -> list[Any]:
        """This object and those below it; the last is what has the buffer of one of the start's nodes."""
        values = []
        following = self
        while following.below is not None:
            values.append(following.value)
            following = following.below
        return values + node.values()


def begin(nodes: Iterable[Node]) -> list[Way]:
    """A way for each object that nodes begin with."""
    starts: dict[int, Start] = {}
    for node in nodes:
        starts.setdefault(id(node.value), Start(node.value, [])).nodes.append(node)
    return [Way(start.value, None, start) for start in starts.values()]

"""One object on the way from a name down to a tensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tt_memwatch.holders.wanted_buffers import Buffer


@dataclass(frozen=True)
class Node:
    value: Any
    child: Node | None
    buffer: Buffer

    def values(self) -> list[Any]:
        """This object and those below it; the last is what has the buffer."""
        values = []
        following: Node | None = self
        while following is not None:
            values.append(following.value)
            following = following.child
        return values

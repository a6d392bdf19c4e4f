"""Downwards: which objects refer to a wanted tensor.

ttnn's tensors are neither tracked by the garbage collector nor weakly referable, so their containers are looked for:
among all objects that may be asked, in chunks, those that refer to a tensor.
"""

from __future__ import annotations

from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.heap import Heap
from tt_memwatch.holders.node import Node
from tt_memwatch.holders.untracked import Untracked
from tt_memwatch.holders.wanted_buffers import Wanted


def find_containers(heap: Heap, wanted: Wanted, deadline: Deadline) -> list[Node]:
    """A node for each wanted tensor in a container, outermost of the untracked containers first."""
    untracked = Untracked(wanted, deadline, heap.arrays)
    found: list[Node] = []
    for container in heap.owners(untracked.have_tensor, deadline):
        found += untracked.nodes_in(container)
    found += [Node(value, None, buffer) for value in heap.sought if (buffer := wanted.buffer_of(value))]
    return found

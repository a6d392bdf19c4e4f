"""The allocator's live blocks, listed the same way on all versions of ttnn.

`MemoryView.block_table` has them with the allocator's own sizes. Where this ttnn cannot give that table to Python, they
come from `reports.get_buffers`, which leaves out what the allocator adds: pages are aligned, and blocks are rounded up.
The allocator's total then says what is missing, and `fit` finds out of which block.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from tt_memwatch.clocks import REAL
from tt_memwatch.devices.mesh_device import MeshDevice

#: What the allocator rounds blocks up to, in bytes: measured on Wormhole and on Blackhole, in each memory type.
_UNITS = (32, 64)

#: What pages are aligned to, in bytes: L1 and DRAM of Wormhole, and Blackhole's DRAM.
_PAGE_UNITS = (16, 32, 64)

#: How often the buffers are asked for at most: ttnn refuses while another thread is about to get the address of one,
#: which takes microseconds, or until that thread has its turn (1 of 2,000 calls where another one only allocates).
TRIES_MAX = 20

#: How long that thread is given for it, in seconds.
_TURN_S = 0.001

#: Kinds of MemoryView whose table was asked for and could not be converted.
_without_table: set[type] = set()


class Listed(NamedTuple):
    """Live blocks of one memory type: address -> bytes per bank."""

    blocks: dict[int, int]
    #: The sizes are the allocator's own; else they are what the buffers hold.
    is_exact: bool


class Fitted(NamedTuple):
    """What is known of one block: bytes per bank that its buffer holds, and that the allocator counts."""

    held: int
    size: int


def list_blocks(device: MeshDevice, memory_type: str, view: Any) -> Listed:
    """The live blocks in `view`, a memory view of `device`.

    Addresses count from the start of the bank in a table, and are `Tensor.buffer_address()` otherwise.
    """
    table = _table(view)
    if table is not None:
        return Listed({int(b["address"]): int(b["size"]) for b in table if b["allocated"] == "yes"}, is_exact=True)
    return Listed(list_buffers(device, memory_type), is_exact=False)


def list_buffers(device: MeshDevice, memory_type: str) -> dict[int, int]:
    """`Tensor.buffer_address()` of each live buffer -> bytes per bank that it holds."""
    import ttnn

    kind = getattr(ttnn.BufferType, memory_type)
    return {b.address: b.max_size_per_bank for b in _buffers(device) if b.buffer_type == kind}


def _buffers(device: MeshDevice) -> Any:
    import ttnn

    for _ in range(TRIES_MAX - 1):
        try:
            return ttnn._ttnn.reports.get_buffers(device)
        except RuntimeError:
            REAL.sleep(_TURN_S)
    return ttnn._ttnn.reports.get_buffers(device)


def fit(held: Mapping[int, int], known: Mapping[int, Fitted], allocated: int) -> dict[int, Fitted]:
    """The blocks with the sizes that the allocator must have given them, as far as these are known.

    `held` is what the buffers hold, `known` what was found at the look before, `allocated` the allocator's total; all
    in bytes per bank. A block keeps its size as long as it is there. If the sizes do not add up to the total, they are
    too small, and the engine says that they cannot be trusted.
    """
    kept = {a: known[a] for a, size in held.items() if a in known and known[a].held == size}
    new = {a: size for a, size in held.items() if a not in kept}
    missing = allocated - sum(block.size for block in kept.values())
    sizes = _rounded(new, missing) or _filled(new, sorted(held), missing)
    return {**kept, **{a: Fitted(new[a], size) for a, size in sizes.items()}}


def _rounded(new: Mapping[int, int], missing: int) -> dict[int, int] | None:
    """The new blocks rounded up, if that is all there is: aligned pages only ever add to it."""
    for unit in _UNITS:
        sizes = {a: _up(size, unit) for a, size in new.items()}
        if sum(sizes.values()) == missing:
            return sizes
    return None


def _filled(new: Mapping[int, int], addresses: list[int], missing: int) -> dict[int, int]:
    """The new blocks, of which some have aligned pages: those that fill the space up to the next block."""
    sizes = {a: _up(size, _UNITS[0]) for a, size in new.items()}
    left = missing - sum(sizes.values())
    room = {a: after - a - sizes[a] for a, after in itertools.pairwise(addresses) if a in new}
    open_ended = [a for a in new if a not in room]
    for address in sorted(room, key=lambda a: room[a]):
        if 0 < room[address] <= left and _is_likely(new[address], sizes[address] + room[address]):
            sizes[address] += room[address]
            left -= room[address]
    last = list(new) if len(new) == 1 else open_ended
    if last and left > 0:
        sizes[last[0]] += left
    return sizes


def _is_likely(held: int, size: int) -> bool:
    """Whether some number of equal pages that hold `held` bytes takes `size` bytes once each is aligned."""
    return any(
        _up(pages * _up(held // pages, unit), _UNITS[0]) == size for pages in _divisors(held) for unit in _PAGE_UNITS
    )


def _divisors(number: int) -> set[int]:
    small = [d for d in range(1, math.isqrt(number) + 1) if number % d == 0]
    return {*small, *(number // d for d in small)}


def _up(size: int, unit: int) -> int:
    return -(-size // unit) * unit


def _table(view: Any) -> Any:
    """`view.block_table`, or None where it cannot be converted; a kind of view is asked once."""
    if type(view) in _without_table:
        return None
    try:
        return view.block_table
    except TypeError:
        _without_table.add(type(view))
        return None

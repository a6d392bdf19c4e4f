"""The search for holders: containers of the wanted tensors first, then upwards from each to a name.

Nothing of the suite's is run, changed, kept or freed: only objects of types that bear it are asked, in steps short
enough for the budget to hold, and nothing is left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from types import FrameType
from typing import Any

from tt_memwatch.holders.climb_to_names import Climb
from tt_memwatch.holders.containers import find_containers
from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.frames import locals_of, running_frames
from tt_memwatch.holders.heap import Heap
from tt_memwatch.holders.names import Names
from tt_memwatch.holders.native_heap import Library, NativeHeap
from tt_memwatch.holders.node import Node
from tt_memwatch.holders.outlived import Outlived
from tt_memwatch.holders.stop_threads import standstill, uncollected
from tt_memwatch.holders.wanted_buffers import Buffer, Wanted

#: Part of the budget in which containers are looked for; the rest is for their names.
DOWNWARDS = 0.5


def find_holders(
    device: int,
    wanted: Iterable[Buffer],
    budget_s: float,
    objects: Mapping[int, tuple[str, Buffer]],
    meet: Callable[[Buffer, Any], None],
    lasting: set[Buffer] | None = None,
    near: Callable[[], list[object]] | None = None,
    outlived: Outlived | None = None,
) -> dict[Buffer, list[str]]:
    """Paths such as `test_decode._CACHE['kv'][0]`, some for each buffer of the device that is found.

    `objects` are what else holds buffers: identity of the object -> what it is, and its buffer. `meet` is called with
    each tensor that has a wanted buffer, and must not keep it. `lasting` gets the buffers that no collection of garbage
    would free. `near` gives the objects to look through in place of all: then only paths with a name are listed.
    `outlived` knows tensors of earlier searches.
    Stops after `budget_s` seconds with what it has; a buffer without a path is held by nothing that Python can see.
    """
    with uncollected():
        sought = Wanted.of(device, frozenset(wanted), objects, meet, outlived or Outlived())
        library = Library.load()
        with standstill() as time_s:
            return _find(sought, library, min(budget_s, time_s), lasting, near)


def _find(
    wanted: Wanted,
    library: Library | None,
    budget_s: float,
    lasting: set[Buffer] | None,
    near: Callable[[], list[object]] | None,
) -> dict[Buffer, list[str]]:
    if library is None and near is not None:
        return {}
    # First of all, so that nothing of the search's own is among them.
    heap = NativeHeap.of_process(library, near) if library is not None else Heap.of_process(wanted.kinds)
    downwards, all_in_all = Deadline.after(budget_s * DOWNWARDS), Deadline.after(budget_s)
    frames = running_frames()
    in_frames: dict[int, FrameType] = {}
    among = heap.among if isinstance(heap, NativeHeap) else None
    names = Names.of(frames, heap.may_be_asked, all_in_all, among)
    if isinstance(heap, NativeHeap):
        starts = heap.find(wanted, names, downwards)
    else:
        starts = find_containers(heap, wanted, downwards)
    starts += _in_frames(chain(*frames.values()), wanted, in_frames)
    climb = Climb(heap, wanted, names, all_in_all, in_frames, tells_nameless=near is None)
    paths = climb.from_(starts)
    if lasting is not None:
        lasting |= climb.lasting()
    return paths


def _in_frames(frames: Iterable[FrameType], wanted: Wanted, in_frames: dict[int, FrameType]) -> list[Node]:
    """Wanted tensors that running frames have as locals; what else they have is noted."""
    found = []
    for frame in frames:
        for _, value in locals_of(frame):
            if not issubclass(type(value), wanted.kinds):
                in_frames.setdefault(id(value), frame)
                continue
            buffer = wanted.buffer_of(value)
            if buffer is not None:
                found.append(Node(frame, Node(value, None, buffer), buffer))
    return found

"""Who on the host still holds the tensors behind buffers that a test left.

ttnn's tensors are neither tracked by the garbage collector nor weakly referable, so their containers are looked for:
among all tracked objects, in chunks, those that refer to a tensor; then upwards from each, one pass for a level, until
something that has a name of its own. No frame, tensor or device is kept, and nothing's lifetime changes.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from tt_memwatch.holders.paths import Names, describe_path, locals_of

#: Memory type and address of a buffer, on the device that is asked about.
Buffer = tuple[str, int]

#: Objects that are asked for their referents at once.
CHUNK = 2_048

#: Levels between a tensor and the name it is reached by; deeper ones are said to be deeper.
MAX_DEPTH = 24

#: Paths told of one buffer.
MAX_PATHS = 5

#: Objects of one level; a level beyond that is a data structure of which no part is named.
MAX_FRONTIER = 20_000

#: Containers that may hold tensors and not be tracked are opened this deep.
_MAX_UNTRACKED = 6


@dataclass
class _Node:
    """One object on the way from a name down to a tensor."""

    value: Any
    child: _Node | None
    buffer: Buffer


@dataclass
class _Search:
    tensor_type: type
    device: int
    wanted: frozenset[Buffer]
    deadline: float
    #: Other objects that hold buffers, by identity: what each is, and its buffer.
    objects: Mapping[int, tuple[str, Buffer]]
    #: Types of what is looked for.
    kinds: tuple[type, ...]
    #: Called with each tensor that has a wanted buffer.
    meet: Callable[[Buffer, Any], None]
    #: Running frames of all threads, and which of them has a value for a local, by the value's identity: from Python
    #: 3.11 on the collector does not see what a running frame refers to.
    frames: list[FrameType] = field(default_factory=list)
    in_frames: dict[int, FrameType] = field(default_factory=dict)
    #: Objects of our own, which hold what they look at.
    own: set[int] = field(default_factory=set)
    found: dict[Buffer, list[str]] = field(default_factory=dict)
    #: Containers of wanted tensors, outermost of the untracked ones first.
    starts: list[_Node] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return time.perf_counter() > self.deadline


def find_holders(
    device: int,
    wanted: Iterable[Buffer],
    budget_s: float,
    objects: Mapping[int, tuple[str, Buffer]],
    meet: Callable[[Buffer, Any], None],
) -> dict[Buffer, list[str]]:
    """Paths such as `test_decode._CACHE['kv'][0]`, up to MAX_PATHS for each buffer of the device that is found.

    `objects` are what else holds buffers: identity of the object -> what it is, and its buffer. `meet` is called with
    each tensor that has a wanted buffer, and must not keep it.
    Stops after `budget_s` seconds with what it has; a buffer without a path is held by nothing that Python can see.
    """
    ttnn = sys.modules["ttnn"]
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        kinds = (ttnn.Tensor, *_kinds_of_objects(ttnn))
        deadline = time.perf_counter() + budget_s
        search = _Search(ttnn.Tensor, device, frozenset(wanted), deadline, objects, kinds, meet, _running_frames())
        _find_containers(search)
        _climb(search)
        return search.found
    finally:
        if was_enabled:
            gc.enable()


def _kinds_of_objects(ttnn: Any) -> list[type]:
    modules = ("global_semaphore", "global_circular_buffer")
    kinds = [getattr(getattr(ttnn._ttnn, name, None), name, None) for name in modules]
    return [kind for kind in kinds if kind is not None]


# ── downwards: which tracked objects refer to a wanted tensor ─────────────────────────────────────────────────────────


def _find_containers(search: _Search) -> None:
    objects = gc.get_objects()
    search.own.add(id(objects))
    for start in range(0, len(objects), CHUNK):
        chunk = objects[start : start + CHUNK]
        for container in _narrow(search, chunk):
            for node in _dig(search, container, 0):
                search.starts.append(node)
        if search.is_over:
            return
    for frame in search.frames:
        for _, value in locals_of(frame):
            if isinstance(value, search.kinds):
                buffer = _buffer_of(search, value)
                if buffer is not None:
                    search.starts.append(_Node(frame, _Node(value, None, buffer), buffer))
            else:
                search.in_frames.setdefault(id(value), frame)


def _narrow(search: _Search, objects: list[Any]) -> Iterator[Any]:
    """Those of the objects that refer to a tensor, found by halving."""
    if not _refers_to_tensor(search, gc.get_referents(*objects), 0):
        return
    if len(objects) == 1:
        yield objects[0]
        return
    middle = len(objects) // 2
    yield from _narrow(search, objects[:middle])
    yield from _narrow(search, objects[middle:])


def _refers_to_tensor(search: _Search, referents: list[Any], depth: int) -> bool:
    kinds = set(map(type, referents))
    if any(issubclass(kind, search.kinds) for kind in kinds):
        return True
    if depth >= _MAX_UNTRACKED:
        return False
    inner = [part for value in referents if _is_untracked_container(value) for part in _parts(value)]
    return bool(inner) and _refers_to_tensor(search, inner, depth + 1)


def _is_untracked_container(value: Any) -> bool:
    """Dicts and tuples that hold nothing the collector follows are not tracked; nor are arrays of objects."""
    if type(value) in (dict, tuple):
        return bool(value) and not gc.is_tracked(value)
    return _is_object_array(value)


def _is_object_array(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(value) is numpy.ndarray and value.dtype == object


def _parts(value: Any) -> list[Any]:
    return list(value.ravel()) if _is_object_array(value) else gc.get_referents(value)


def _dig(search: _Search, container: Any, depth: int) -> Iterator[_Node]:
    """A node for each wanted tensor in a container, with the untracked containers in between."""
    for part in _parts(container):
        if isinstance(part, search.kinds):
            buffer = _buffer_of(search, part)
            if buffer is not None:
                yield _Node(container, _Node(part, None, buffer), buffer)
        elif depth < _MAX_UNTRACKED and _is_untracked_container(part):
            for node in _dig(search, part, depth + 1):
                yield _Node(container, node, node.buffer)


def _buffer_of(search: _Search, value: Any) -> Buffer | None:
    """The wanted buffer that a tensor or another object has."""
    if isinstance(value, search.tensor_type):
        return _buffer_of_tensor(search, value)
    _, buffer = search.objects.get(id(value), ("", None))
    return buffer if buffer in search.wanted else None


def _buffer_of_tensor(search: _Search, tensor: Any) -> Buffer | None:
    """The wanted buffer that a tensor has. Host and deallocated tensors are asked nothing that throws."""
    storage = sys.modules["ttnn"].StorageType.DEVICE
    if tensor.storage_type() != storage or not tensor.is_allocated():
        return None
    buffer = (tensor.memory_config().buffer_type.name, tensor.buffer_address())
    if buffer not in search.wanted:
        return None
    try:
        if tensor.device().id() != search.device:
            return None
    except RuntimeError:
        return None  # the tensor outlived its device
    search.meet(buffer, tensor)
    return buffer


#: Modules whose running frames hold what they run, which is no news.
_NO_HOLDERS = ("tt_memwatch", "_pytest", "pluggy", "pytest")


def _running_frames() -> list[FrameType]:
    """Frames of all threads that are not ours or pytest's."""
    frames = []
    for frame in sys._current_frames().values():
        following: FrameType | None = frame
        while following is not None:
            if not str(following.f_globals.get("__name__", "")).startswith(_NO_HOLDERS):
                frames.append(following)
            following = following.f_back
    return frames


# ── upwards: what each container is reached by ────────────────────────────────────────────────────────────────────────


def _climb(search: _Search) -> None:
    names = Names.of(search.frames, {thread.ident: thread.name for thread in threading.enumerate()})
    frontier = search.starts
    seen: set[int] = set()
    ends: list[_Node] = []
    for _ in range(MAX_DEPTH):
        frontier = [node for node in frontier if not _is_named(search, names, node)]
        if not frontier or len(frontier) > MAX_FRONTIER or search.is_over:
            break
        above = _level_above(search, names, frontier, seen)
        reached = {id(node.child) for node in above}
        ends += [node for node in frontier if id(node) not in reached]
        frontier = above
    _tell_nameless(search, names, frontier, lambda value: f"... (more than {MAX_DEPTH} levels) {type(value).__name__}")
    _tell_nameless(search, names, ends, names.dangling)


def _is_named(search: _Search, names: Names, node: _Node) -> bool:
    root = names.root(node.value)
    if root is not None:
        _add(search, node, describe_path(root, _values(node), names))
    return root is not None


def _level_above(search: _Search, names: Names, frontier: list[_Node], seen: set[int]) -> list[_Node]:
    """The objects that refer to any of the frontier: each once, but for those with a name, where paths end."""
    by_id: dict[int, list[_Node]] = {}
    for node in frontier:
        by_id.setdefault(id(node.value), []).append(node)
    values = [node.value for node in frontier]
    ours = {id(values), id(frontier), id(by_id), *search.own, *map(id, frontier), *(id(v) for v in by_id.values())}
    above = [
        _Node(search.in_frames[id(node.value)], node, node.buffer)
        for node in frontier
        if id(node.value) in search.in_frames
    ]
    referrers = gc.get_referrers(*values)
    for referrer in referrers:
        if id(referrer) in ours or id(referrer) in seen or _is_ours(referrer):
            continue
        if names.root(referrer) is None:
            seen.add(id(referrer))
        for part in gc.get_referents(referrer):
            for node in by_id.get(id(part), ()):
                above.append(_Node(referrer, node, node.buffer))
    return above


def _is_ours(value: Any) -> bool:
    if isinstance(value, (_Node, _Search)):
        return True
    if isinstance(value, FrameType):
        return str(value.f_globals.get("__name__", "")).startswith("tt_memwatch")
    # The attributes of our own objects are in a dict of theirs.
    return type(value) is dict and value.keys() >= {"value", "child", "buffer"}


def _tell_nameless(search: _Search, names: Names, ends: list[_Node], text_of: Callable[[Any], str]) -> None:
    """Where no path with a name was found, one without is all there is."""
    for node in ends:
        if node.buffer not in search.found:
            _add(search, node, describe_path(text_of(node.value), _values(node), names))


def _values(node: _Node) -> list[Any]:
    values = []
    following: _Node | None = node
    while following is not None:
        values.append(following.value)
        following = following.child
    return values


def _add(search: _Search, node: _Node, path: str) -> None:
    held = _values(node)[-1]
    if not isinstance(held, search.tensor_type):
        path = f"{search.objects[id(held)][0]} held by {path}"
    paths = search.found.setdefault(node.buffer, [])
    if path not in paths and len(paths) < MAX_PATHS:
        paths.append(path)

"""What holds device memory on ttnn's C++ side, where no path of Python's leads: traces, global semaphores and buffers.

Their blocks are learned when they are made, by what the allocator has more then; ttnn's own functions are wrapped for
it. Of the Python objects only their identity is kept, and no device: lifetimes stay as they are.
"""

from __future__ import annotations

import atexit
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from tt_memwatch.devices.allocator import Allocator
from tt_memwatch.devices.blocks import list_blocks
from tt_memwatch.devices.memory_views import view_of
from tt_memwatch.devices.mesh_device import MeshDevice, find_devices
from tt_memwatch.holders import Buffer
from tt_memwatch.origins.call_site import call_site
from tt_memwatch.origins.note_results import Birth
from tt_memwatch.ttnn_patches import Patches, noting_around, part_of

#: Objects remembered at most; the oldest are forgotten first.
MADE_MAX = 10_000

#: A block as it is listed: memory type, address (from the start of the bank in a table), bytes per bank.
_Relative = tuple[str, int, int]

#: What it is, id of its device, and its number: a trace's own, or the identity of the Python object.
_MadeBy = tuple[str, int, int]

SEMAPHORE = "global semaphore"
CIRCULAR_BUFFER = "global circular buffer"
TRACE = "trace"

#: Without a region for traces on the device, newer versions take DRAM for them.
TRACE_MEMORY = ("TRACE", "DRAM")

#: Module of C++, function, what it makes, and in which memory.
_MAKERS = (
    ("global_semaphore", "create_global_semaphore", SEMAPHORE, ("L1", "L1_SMALL")),
    ("global_circular_buffer", "create_global_circular_buffer", CIRCULAR_BUFFER, ("L1", "L1_SMALL")),
)


@dataclass(frozen=True)
class _Made:
    """One object and the blocks that came with it, largest first: a buffer, then its configuration."""

    what: str
    blocks: tuple[_Relative, ...]
    birth: Birth


@dataclass
class CppHolders:
    """Objects of C++ that hold memory, by the identity of the Python object or by the trace's number."""

    _made: dict[_MadeBy, _Made] = field(default_factory=dict)
    _patches: Patches = field(default_factory=Patches)

    def watch(self, ttnn: ModuleType) -> None:
        """Stand before ttnn's functions that make and release them, until the process ends."""
        if self._patches:
            return
        for module, name, what, memory_types in _MAKERS:
            self._wrap(ttnn, module, name, functools.partial(self._noting_object, what, memory_types))
        self._wrap(ttnn, "operations.trace", "end_trace_capture", self._noting_capture)
        self._wrap(ttnn, "operations.trace", "release_trace", self._noting_release)
        atexit.register(self._patches.restore)

    def keep_live(self, allocator: Allocator) -> None:
        """Forget what a look showed gone: another may have its address next."""
        for made_by, made in self._of(allocator.facts.key):
            if not all(_is_live(allocator, block) for block in made.blocks):
                self._made.pop(made_by, None)

    def forget(self, device: int) -> None:
        """The device is about to be closed."""
        for made_by, _ in self._of(device):
            self._made.pop(made_by, None)

    def objects(self, allocator: Allocator) -> dict[int, tuple[str, Buffer]]:
        """Identity of each Python object -> what it is, and the first of its buffers."""
        return {
            identity: (made.what, _buffer(allocator, made.blocks[0]))
            for (kind, _, identity), made in self._of(allocator.facts.key)
            if kind != TRACE
        }

    def buffers_of(self, allocator: Allocator, identities: set[int]) -> set[Buffer]:
        """All buffers of these Python objects."""
        made = [
            m for (kind, _, identity), m in self._of(allocator.facts.key) if kind != TRACE and identity in identities
        ]
        return {_buffer(allocator, block) for each in made for block in each.blocks}

    def name(
        self, allocator: Allocator, wanted: set[Buffer], paths: dict[Buffer, list[str]]
    ) -> dict[Buffer, list[str]]:
        """The paths that were found, of all buffers of an object, and what has none by what it is."""
        named = dict(paths)
        for _, made in self._of(allocator.facts.key):
            buffers = [_buffer(allocator, block) for block in made.blocks]
            for buffer in buffers:
                if buffer in wanted and buffer not in named:
                    named[buffer] = paths.get(buffers[0], [made.what])
        return named

    def births(self, allocator: Allocator, wanted: set[Buffer]) -> dict[Buffer, Birth]:
        """The calls in which the wanted buffers of such objects were made."""
        found = [(_buffer(allocator, b), made.birth) for _, made in self._of(allocator.facts.key) for b in made.blocks]
        return {buffer: birth for buffer, birth in found if buffer in wanted}

    def _wrap(self, ttnn: Any, module: str, name: str, wrap: Callable[[Callable[..., Any]], Any]) -> None:
        """Where ttnn has the function, and its module of C++ the very same."""
        function = getattr(ttnn, name, None)
        for owner in (ttnn, part_of(ttnn._ttnn, module)):
            if function is not None and getattr(owner, name, None) is function:
                self._patches.wrap(owner, name, wrap)

    def _of(self, device: int) -> list[tuple[_MadeBy, _Made]]:
        """Of a copy: other threads go on to make objects."""
        return [(made_by, made) for made_by, made in self._made.copy().items() if made_by[1] == device]

    def _note(self, made_by: _MadeBy, what: str, blocks: set[_Relative], operation: str) -> None:
        self._made.pop(made_by, None)
        if not blocks:
            return
        ordered = tuple(sorted(blocks, key=lambda block: -block[2]))
        self._made[made_by] = _Made(what, ordered, (f"ttnn.{operation}", call_site(4), ()))
        if len(self._made) > MADE_MAX:
            del self._made[next(iter(self._made))]

    def _noting_object(self, what: str, memory_types: tuple[str, ...], function: Callable[..., Any]) -> Any:
        def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[Any], None]:
            device = _device(args, kwargs)
            before = _blocks(device, memory_types)

            def note(result: Any) -> None:
                if device is not None:
                    made = _blocks(device, memory_types) - before
                    self._note((what, device.id(), id(result)), what, made, function.__name__)

            return note

        return noting_around(function, begin)

    def _noting_capture(self, function: Callable[..., Any]) -> Any:
        def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[Any], None]:
            device, trace = _device(args, kwargs), _trace(args, kwargs)
            before = _blocks(device, TRACE_MEMORY)

            def note(_: Any) -> None:
                if device is not None and trace is not None:
                    made = _blocks(device, TRACE_MEMORY) - before
                    what = f"trace {trace}, captured and not released"
                    self._note((TRACE, device.id(), trace), what, made, function.__name__)

            return note

        return noting_around(function, begin)

    def _noting_release(self, function: Callable[..., Any]) -> Any:
        def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[Any], None]:
            device, trace = _device(args, kwargs), _trace(args, kwargs)

            def note(_: Any) -> None:
                if device is not None and trace is not None:
                    self._made.pop((TRACE, device.id(), trace), None)

            return note

        return noting_around(function, begin)


def _device(args: tuple[Any, ...], kwargs: dict[str, Any]) -> MeshDevice | None:
    return next(find_devices([*args, *kwargs.values()], depth=1), None)


def _trace(args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
    trace: Any = kwargs.get("trace_id", args[1] if len(args) > 1 else None)
    return int(trace) if hasattr(trace, "__int__") else None


def _blocks(device: MeshDevice | None, memory_types: tuple[str, ...]) -> set[_Relative]:
    """None without a device."""
    if device is None:
        return set()
    return {
        (name, address, size)
        for name in memory_types
        for address, size in list_blocks(device, name, view_of(device, name)).blocks.items()
    }


def _buffer(allocator: Allocator, block: _Relative) -> Buffer:
    memory_type, address, _ = block
    return memory_type, allocator.listing.base(memory_type) + address


def _is_live(allocator: Allocator, block: _Relative) -> bool:
    memory_type, address = _buffer(allocator, block)
    return allocator.has_listed(memory_type, address, block[2])

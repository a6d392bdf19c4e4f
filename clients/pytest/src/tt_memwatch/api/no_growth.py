"""Code that may leave no device memory: a block, a function or a method, with or without pytest."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import AsyncGeneratorType, CodeType, CoroutineType, GeneratorType, TracebackType
from typing import Any, TypeVar, cast

from tt_memwatch.api.watched_block import BlockGrowth, WatchedBlock
from tt_memwatch.devices.device_reference import DeviceReference
from tt_memwatch.devices.mesh_device import MeshDevice, find_devices
from tt_memwatch.growth_words import buffers_in_words, in_words
from tt_memwatch.holders.inspect_safely import class_dict, instance_dict, is_a, mro
from tt_memwatch.limits import Limits, limits_over
from tt_memwatch.this_process import this_process

F = TypeVar("F", bound=Callable[..., Any])

#: When the program cache is cleared before memory is judged: where it grew, or not at all.
CLEAR_MODES = ("growth", "never")

#: How deep in arguments and attributes a device is looked for.
SEARCH_DEPTH = 1


class MemoryGrowth(AssertionError):
    """A block left more device memory than its limits allow. The message says how much, what it is and who holds it."""

    #: Where users find it, as tracebacks say.
    __module__ = "tt_memwatch"

    def __init__(self, message: str, excess: Mapping[tuple[int, str], int] | None = None) -> None:
        super().__init__(message)
        #: Bytes on each chip by (logical device, memory type), such as `{(0, "DRAM"): 49152}`.
        self.excess = dict(excess or {})


def no_growth(
    device: object = None,
    *,
    limit: object = None,
    dram: object = None,
    l1: object = None,
    l1_small: object = None,
    trace_limit: object = None,
    clear: str = "growth",
) -> NoGrowth:
    """Fail with `MemoryGrowth` if a block of code leaves device memory. Use it in `with`, or as a decorator.

    `device` is a device or a list of them. A decorator may leave it out: then it is taken from the arguments of each
    call, or from the attributes of one of them, such as `self.device`. It watches a coroutine while that is awaited,
    and refuses generators, which run after their call is over. The limits are what may be left on each chip, in
    all or of one memory type, as sizes such as `"64 KB"`; without any, nothing may be left. Garbage is collected before
    memory is judged. If memory grew all the same, the program cache is cleared first, unless `clear="never"`.

    A block that raises is not judged. Raises TypeError where there is no device, ValueError for what is not a size or
    no word for `clear`, and RuntimeError, at its begin or its end, for a device that is closed or a parent process's.
    """
    given = {"limit": limit, "dram": dram, "l1": l1, "l1_small": l1_small, "trace_limit": trace_limit}
    try:
        limits = limits_over({name: size for name, size in given.items() if size is not None}, Limits())
    except ValueError as error:
        raise ValueError(f"tt_memwatch.no_growth: {error}") from None
    if clear not in CLEAR_MODES:
        raise ValueError(f"tt_memwatch.no_growth: clear is {clear!r}; wanted one of {', '.join(CLEAR_MODES)}")
    return NoGrowth(references_of(device, "no_growth"), limits, clears=clear == "growth")


def references_of(device: object, asked_by: str) -> list[DeviceReference]:
    """The device, or those in a list of them; none for None. Raises TypeError for anything else."""
    found = list(find_devices(device, depth=1))
    if device is not None and not found:
        raise TypeError(
            f"tt_memwatch.{asked_by} got {type(device).__name__!r}; wanted an open ttnn device or a list of them "
            "(as a decorator it needs parentheses: @no_growth())"
        )
    return _references(found)


def _references(devices: Iterable[MeshDevice]) -> list[DeviceReference]:
    return [DeviceReference(this_process().open_devices, device) for device in devices]


class NoGrowth:
    """What `no_growth` gives: it watches one block, or decorates functions, each call of which is a block."""

    def __init__(self, references: Sequence[DeviceReference], limits: Limits, *, clears: bool) -> None:
        self._references = references
        self._limits = limits
        self._clears = clears
        self._block: WatchedBlock | None = None
        self._what = "the block"
        #: The code that was watched, or that has the block.
        self._code: CodeType | None = None

    def __enter__(self) -> None:
        if self._block is not None:
            raise RuntimeError(
                "tt_memwatch.no_growth watches this block already: make another one for a block within it"
            )
        self._code = self._code or sys._getframe(1).f_code
        if not self._references:
            raise TypeError(f"tt_memwatch.no_growth: {self._what} has no device: give one, as in no_growth(device)")
        block = WatchedBlock(this_process(), self._references, clears=self._clears)
        block.begin()
        self._block = block

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        block, self._block = self._block, None
        if block is None:
            return
        try:
            growth = block.judge(self._limits) if kind is None else None
        finally:
            block.end()
        if growth is not None:
            raise MemoryGrowth(self._message(growth), growth.excess)

    def __call__(self, function: F) -> F:
        """The function, each call of which may leave no more than the limits allow. What it returns counts.

        A class method or a static method may be decorated above `@classmethod` or below it.
        """
        if isinstance(function, (classmethod, staticmethod)):
            return type(function)(self(function.__func__))
        if not inspect.isroutine(function) or not callable(function):
            raise TypeError(f"tt_memwatch.no_growth decorates functions and coroutines; {_name(function)} is neither")
        if _is_generator(function):
            raise TypeError(_runs_later_words(f"{_name(function)}()"))
        if any(reference.keeps for reference in self._references):
            raise RuntimeError(
                "tt_memwatch.no_growth would keep its device: the native part is missing; let the function have the "
                "device as an argument, and leave it out here"
            )
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def watched_coroutine(*args: Any, **kwargs: Any) -> Any:
                with self._for_call(function, args, kwargs):
                    return await function(*args, **kwargs)

            return watched_coroutine  # type: ignore[return-value]

        @functools.wraps(function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            block = self._for_call(function, args, kwargs)
            with block:
                result = function(*args, **kwargs)
                if _runs_later(result, function):
                    raise TypeError(_runs_later_words(block._what))
            return block._while_awaited(result) if is_a(result, CoroutineType) else result

        return watched  # type: ignore[return-value]

    def _while_awaited(self, coroutine: CoroutineType[Any, Any, Any]) -> Any:
        """The coroutine, watched: a call gave it, as where another decorator stands between it and this one."""

        async def watched_coroutine() -> Any:
            with self:
                return await coroutine

        watched: Any = watched_coroutine()
        watched.__name__, watched.__qualname__ = coroutine.__name__, coroutine.__qualname__
        return watched

    def _for_call(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> NoGrowth:
        references = self._references
        if not references:
            references = _references(_devices_of_call([*args, *kwargs.values()]))
        one = NoGrowth(references, self._limits, clears=self._clears)
        one._what = f"{_name(function)}()"
        one._code = getattr(inspect.unwrap(function), "__code__", None)
        return one

    def _message(self, growth: BlockGrowth) -> str:
        cleared = " and clearing the program cache" if growth.was_cleared else ""
        lines = [
            f"{self._what} left {in_words(growth.excess)}, which stayed after garbage collection{cleared}",
            *("  " + line for line in buffers_in_words(growth.buffers, self._code)),
        ]
        if growth.cache_entries > 0 and not growth.was_cleared:
            lines.append(
                f"  The program cache has {growth.cache_entries} more entries, which may hold some of it: "
                'clear="growth" clears it before memory is judged.'
            )
        return "\n".join(lines)


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__qualname__", repr(function)))


def _is_generator(function: Callable[..., Any]) -> bool:
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


def _runs_later(result: object, function: Callable[..., Any]) -> bool:
    """Whether a call of the function gave a generator, or a context manager that is made of one."""
    if is_a(result, GeneratorType, AsyncGeneratorType):
        return True
    managers = (AbstractContextManager, AbstractAsyncContextManager)
    return _is_generator(inspect.unwrap(function)) and isinstance(result, managers)


def _runs_later_words(what: str) -> str:
    return (
        f"tt_memwatch.no_growth: the body of {what} runs after its call is over, because it is a generator; "
        "watch a block within it, as in `with no_growth(device):`"
    )


def _devices_of_call(values: Sequence[object]) -> list[MeshDevice]:
    """The devices among arguments; where there are none, those in attributes of an argument or of its class."""
    found = [device for value in values for device in find_devices(value, SEARCH_DEPTH)]
    return found or [device for value in values for device in _devices_of_attributes(value)]


def _devices_of_attributes(value: object) -> Iterator[MeshDevice]:
    """Nothing of the object's is called: it is looked into."""
    own = instance_dict(value)
    # A class has the attributes of its own bases, and those of its class.
    bases = mro(cast(type, value)) if is_a(value, type) else ()
    for attributes in ({} if own is None else own, *(dict(class_dict(kind)) for kind in (*bases, *mro(type(value))))):
        for attribute in list(dict.values(attributes)):
            yield from find_devices(attribute, SEARCH_DEPTH)

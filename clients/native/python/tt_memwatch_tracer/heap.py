"""What refers to objects, looked for in all that the garbage collector tracks, in one native step."""

from __future__ import annotations

import ctypes
import gc
import os
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tt_memwatch_tracer.library import shared_library

#: `off` leaves the search to Python.
SEARCH_VARIABLE = "TT_MEMWATCH_NATIVE_SEARCH"

#: How objects of a type are asked, as the library numbers it: with others, a module, a class, never.
TOGETHER, MODULE, TYPE, NEVER = range(4)

#: What the library says of a search: there are types that it has to learn first.
_UNKNOWN_TYPES = 2

#: Searches that may meet new types one after the other: those of frozen objects are met late.
_ROUNDS = 8


class _Addresses(ctypes.Structure):
    _fields_ = (("first", ctypes.c_void_p), ("count", ctypes.c_size_t))

    @classmethod
    def of(cls, addresses: array[int]) -> _Addresses:
        return cls(*addresses.buffer_info())


class _Request(ctypes.Structure):
    """`ttmw::heap::Request`; whoever makes one keeps what it refers to."""

    _fields_ = (
        ("get_objects", ctypes.c_void_p),
        ("among", ctypes.c_void_p),
        ("modules", ctypes.c_void_p),
        ("wanted_types", ctypes.c_void_p),
        ("named_types", ctypes.c_void_p),
        ("array_type", ctypes.c_void_p),
        ("targets", ctypes.c_void_p),
        ("named", _Addresses),
        ("young", _Addresses),
        ("is_foreign", ctypes.c_int),
        ("seconds", ctypes.c_double),
    )


@dataclass(frozen=True)
class Question:
    """What to look for."""

    #: Whatever has an object of these types is found: directly, or in tuples and dicts that are not tracked.
    wanted_types: tuple[type, ...] = ()
    #: What refers to these is found, and what refers to that, level by level, as far as it is cheap. Arrays among them
    #: are looked for in untracked tuples and dicts as well.
    targets: Sequence[object] = ()
    #: Ask only what may not be asked otherwise (NEVER), for the targets alone.
    is_foreign: bool = False


@dataclass(frozen=True)
class Setting:
    """What all questions of one search have in common."""

    #: Identities of the youngest generation when the search began: what came since is its own.
    young: array[int]
    #: Where paths end: identities of objects, and types.
    named: array[int]
    named_types: tuple[type, ...]
    #: Arrays of this type are listed, because the collector does not follow them.
    array_type: type | None
    #: `sys.modules` where the collector hides more than its own.
    modules: dict[str, Any] | None
    #: The objects that are looked through; None: all that the collector tracks.
    among: list[Any] | None = None


@dataclass(frozen=True)
class Found:
    """All objects that are part of the answer, and what they are in it by their place among these."""

    is_complete: bool
    objects: list[Any]
    #: Owner and what it has of a wanted type, in turn.
    pairs: memoryview
    #: Owners that have some in a tuple or dict.
    nested: memoryview
    #: Owner and target in turn.
    edges: memoryview
    #: Targets whose owners are all among the edges.
    expanded: memoryview
    #: Tracked objects of the wanted types themselves.
    sought: memoryview
    arrays: memoryview


class Heap:
    """Raises OSError where there is no native library, or it cannot search this interpreter."""

    def __init__(self) -> None:
        if os.environ.get(SEARCH_VARIABLE) == "off":
            raise OSError(f"{SEARCH_VARIABLE} is off")
        self._library = shared_library()
        if not self._library.heap_usable():
            raise OSError("objects are searched natively only in the main interpreter of a CPython with a GIL")

    def search(
        self, question: Question, setting: Setting, how_to_ask: Callable[[type], int], seconds: float
    ) -> Found | None:
        """One step of at most about `seconds`, in which nothing else runs; None where memory ran out.

        `how_to_ask` says of each new type whether and how its objects may be asked; that is remembered while it lives.
        """
        targets = list(question.targets)
        request = _Request(
            id(gc.get_objects),
            id(setting.among),
            id(setting.modules),
            id(question.wanted_types),
            id(setting.named_types),
            id(setting.array_type),
            id(targets),
            _Addresses.of(setting.named),
            _Addresses.of(setting.young),
            question.is_foreign,
            seconds,
        )
        for _ in range(_ROUNDS):
            found = self._library.heap_search(ctypes.byref(request), None)
            if found is None:
                return None
            if found[0] != _UNKNOWN_TYPES:
                return Found(bool(found[0]), found[1], *(memoryview(part).cast("I") for part in found[2:]))
            for kind in found[1]:
                self._library.heap_learn(kind, how_to_ask(kind))
        return None

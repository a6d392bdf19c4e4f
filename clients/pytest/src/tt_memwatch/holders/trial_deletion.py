"""What would go if something were let go of, found out without letting go of it.

The collector's own method: in the graph below the roots, an object that has more references than the graph explains is
held by something else, and so is all that it reaches. What is left is held by the roots alone.
"""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Iterable, Sequence
from types import FrameType, FunctionType
from typing import Any

from tt_memwatch.holders.inspect_safely import class_module, mro
from tt_memwatch.holders.safe_types import Ask, how_to_ask, known_types

#: Objects looked at below all roots; of a larger graph nothing is said.
OBJECTS_MAX = 20_000

#: Place of an object that nothing but the graph's own list refers to.
_PROBE = 0


def only_held_by(
    roots: Iterable[object], counted: Iterable[tuple[dict[str, Any], str]], kinds: tuple[type, ...]
) -> list[Any]:
    """Objects of `kinds` that would go with the roots and the counted values.

    Whoever holds a root goes with it; of a counted value, named by the dict that has it, only that dict's reference
    does. Empty where the graph is too large.
    """
    graph = _Graph(kinds)
    for root in roots:
        graph.add(root, is_root=True)
    for holder, name in counted:
        graph.explain(graph.add(holder[name]))
    if not graph.grow():
        return []
    return graph.unexplained_free()


class _Graph:
    def __init__(self, kinds: tuple[type, ...]) -> None:
        self._wanted = kinds
        self._known = known_types()
        #: By identity of a type, whether its instances are looked into; the list keeps the identities what they are.
        self._bears: dict[int, bool] = {}
        self._kinds: list[type] = []
        #: Objects found so far. Nothing but this list refers to the first: it shows what our counting adds.
        self.values: list[Any] = []
        #: By identity, where each is in the list.
        self._places: dict[int, int] = {}
        self._roots: set[int] = set()
        #: References that the graph itself has to each object.
        self._explained: list[int] = []
        self._edges: list[list[int]] = []
        self.add(object())

    @functools.cached_property
    def _running(self) -> set[int]:
        """Asked for when a frame is met: Python makes an object of each frame that is looked at."""
        return _running_frames()

    def add(self, value: object, is_root: bool = False) -> int:
        place = self._places.get(id(value))
        if place is None:
            place = self._places[id(value)] = len(self.values)
            self.values.append(value)
            self._explained.append(0)
            self._edges.append([])
        if is_root:
            self._roots.add(place)
        return place

    def explain(self, place: int) -> None:
        self._explained[place] += 1

    def grow(self) -> bool:
        """Add all that the values reach. False if that is too much."""
        place = 0
        while place < len(self.values):
            if len(self.values) > OBJECTS_MAX:
                return False
            for part in self._parts(self.values[place]):
                if self._is_of_interest(part):
                    inner = self.add(part)
                    self.explain(inner)
                    self._edges[place].append(inner)
            place += 1
        return True

    def _is_of_interest(self, value: Any) -> bool:
        kind = type(value)
        if kind is FrameType:
            return id(value) not in self._running and not _is_of_pytest(value.f_globals.get("__name__"))
        return kind in self._wanted or self._bears_looking(kind)

    def _bears_looking(self, kind: type) -> bool:
        """Not classes, modules and pytest's own objects: those lead everywhere."""
        if id(kind) not in self._bears:
            self._kinds.append(kind)
            leads_everywhere = issubclass(kind, type) or any(map(_is_of_pytest, map(class_module, mro(kind))))
            self._bears[id(kind)] = not leads_everywhere and how_to_ask(kind, self._known) is Ask.TOGETHER
        return self._bears[id(kind)]

    def _parts(self, value: Any) -> Sequence[Any]:
        kind = type(value)
        if kind is FunctionType:
            # Not its globals, which lead everywhere.
            return [part for part in (value.__closure__, value.__defaults__, value.__kwdefaults__) if part]
        if kind is FrameType:
            elsewhere = {id(value.f_globals), id(value.f_builtins)}
            return [part for part in gc.get_referents(value) if id(part) not in elsewhere]
        return gc.get_referents(value) if self._bears_looking(kind) else ()

    def unexplained_free(self) -> list[Any]:
        """Objects of the wanted kinds that nothing but the roots holds."""
        held = [p for p in range(len(self.values)) if p not in self._roots and self._is_held_elsewhere(p)]
        elsewhere = set(held)
        while held:
            for inner in self._edges[held.pop()]:
                if inner not in elsewhere and inner not in self._roots:
                    elsewhere.add(inner)
                    held.append(inner)
        return [v for p, v in enumerate(self.values) if p not in elsewhere and type(v) in self._wanted]

    def _is_held_elsewhere(self, place: int) -> bool:
        return self._references(place) - self._references(_PROBE) > self._explained[place]

    def _references(self, place: int) -> int:
        return sys.getrefcount(self.values[place])


def _running_frames() -> set[int]:
    """Identities of the frames of all threads."""
    found = set()
    outer: FrameType | None
    for frame in sys._current_frames().values():
        outer = frame
        while outer is not None:
            found.add(id(outer))
            outer = outer.f_back
    del frame  # may be our own, which would keep itself and all that called us
    return found


def _is_of_pytest(module: object) -> bool:
    """What calls tests knows the whole session."""
    return type(module) is str and module.startswith(("_pytest.", "pluggy."))

"""Searches of the heap, a scenario by name: each ends with `right`, or with a traceback, or the sanitizer's report."""

from __future__ import annotations

import datetime
import gc
import sys
import threading
import weakref
from array import array
from collections.abc import Callable
from typing import Any

import subinterpreter
from tt_memwatch_tracer.heap import MODULE, NEVER, TOGETHER, Found, Heap, Question, Setting


class Holder:
    def __init__(self, held: Any) -> None:
        self.held = held


#: Its objects are not tracked, as ttnn's tensors are not.
Wanted = datetime.date

KEPT: list[Any] = []
HEAP = Heap()


def how_to_ask(kind: type) -> int:
    """Enough for what these programs make: types of Python's own modules, and classes of this one."""
    if issubclass(kind, type(sys)):
        return MODULE
    is_own = kind.__module__ in ("builtins", "functools", "__main__") or kind in (type, object)
    return TOGETHER if is_own and kind is not memoryview else NEVER


def search(is_frozen: bool = False, seconds: float = 60.0, **question: Any) -> Found:
    young = array("Q", map(id, gc.get_objects(generation=0)))
    setting = Setting(young, array("Q", [id(globals())]), (), None, sys.modules if is_frozen else None)
    found = HEAP.search(Question(**question), setting, how_to_ask, seconds)
    assert found is not None
    return found


def owners(found: Found) -> list[Any]:
    return [found.objects[number] for number in (*found.pairs[::2], *found.nested)]


def edges(found: Found) -> list[tuple[Any, Any]]:
    objects = found.objects
    return [(objects[a], objects[b]) for a, b in zip(found.edges[::2], found.edges[1::2], strict=True)]


def is_in(value: Any, values: list[Any]) -> bool:
    return any(other is value for other in values)


def finds() -> None:
    direct, nested, deep = (
        [Wanted(2000, 1, 1)],
        {"a": (Wanted(2000, 1, 1),)},
        [dict.fromkeys(range(99), Wanted(2000, 1, 1))],
    )
    KEPT.append([Holder(direct), Holder([nested]), Holder(deep)])
    # Each collection untracks containers of what the one before it untracked.
    for _ in range(5):
        gc.collect()
    found = search(wanted_types=(Wanted,))
    assert found.is_complete
    assert is_in(direct, owners(found)) and is_in(deep, owners(found)), owners(found)
    assert any(is_in(nested, [owner, *gc.get_referents(owner)]) for owner in owners(found))
    assert any(target is KEPT[-1] and owner is KEPT for owner, target in edges(found))
    assert any(owner is globals() for owner, target in edges(found)), "a name is an owner"
    assert not any(target is globals() for owner, target in edges(found)), "nobody asks what refers to a name"


def keeps_nothing() -> None:
    KEPT.append([[Wanted(2000, 1, 1)] for _ in range(50)])
    search(wanted_types=(Wanted,))
    everything = [value for value in gc.get_objects() if value is not sys._getframe()]
    before = list(map(sys.getrefcount, everything))
    search(wanted_types=(Wanted,))
    after = list(map(sys.getrefcount, everything))
    changed = [(type(value), a, b) for value, a, b in zip(everything, before, after, strict=True) if a != b]
    own = (type(sys._getframe()), dict, type(before), type(HEAP))
    assert [row for row in changed if row[0] not in own] == [], changed


def beside_threads() -> None:
    is_over = threading.Event()

    def churn() -> None:
        while not is_over.is_set():
            KEPT.append(Holder([Wanted(2000, 1, 1)]))
            del KEPT[:-20]
            tuple(Holder(number) for number in range(300))
            type("Passing", (Holder,), {})(1)

    threads = [threading.Thread(target=churn) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(40):
        search(wanted_types=(Wanted,))
    is_over.set()
    for thread in threads:
        thread.join()


class Dying:
    """Searches while it is finalized, and while what holds it is deallocated."""

    count = found = 0

    def __init__(self) -> None:
        self.held = [Wanted(2000, 1, 1)]

    def __del__(self) -> None:
        Dying.found += is_in(self.held, owners(search(wanted_types=(Wanted,))))
        Dying.count += 1


def beside_what_ends() -> None:
    for container in ([Dying()], (Dying(),), {"a": Dying()}, {Dying()}, Holder(Dying()), Holder([Dying(), Dying()])):
        KEPT.append([container])
        container = None
        KEPT.clear()
    cycle = [Dying()]
    cycle.append(cycle)
    del cycle
    gc.collect()
    # What is being collected is not listed.
    assert (Dying.count, Dying.found) == (8, 7)
    seen: list[int] = []
    value = Holder([Wanted(2000, 1, 1)])
    reference = weakref.ref(value, lambda _: seen.append(len(owners(search(wanted_types=(Wanted,))))))
    del value
    assert len(seen) == 1 and reference() is None


def types_end() -> None:
    """A type that ended tells nothing of another one at its address."""
    for turn in range(300):
        module = "__main__" if turn % 2 else "elsewhere"
        kind = type("Passing", (), {"__slots__": ("held",), "__module__": module})
        value = kind()
        value.held = [Wanted(2000, 1, 1)]
        KEPT.append(value)
        found = search(targets=[value.held])
        assert any(owner is value for owner, _ in edges(found)) == bool(turn % 2), turn
        KEPT.clear()
        del kind, value, found
        gc.collect()


def asks_the_foreign_only_to_compare() -> None:
    held = [Wanted(2000, 1, 1)]
    iterator = memoryview(bytearray(4))
    kind = type("Foreign", (Holder,), {"__module__": "elsewhere", "__slots__": ("slot",)})
    value = kind(None)
    value.slot = held
    KEPT.append((value, iterator))
    assert not any(owner is value for owner, _ in edges(search(targets=[held])))
    assert [owner for owner, _ in edges(search(targets=[held], is_foreign=True))] == [value]


def finds_what_is_frozen() -> None:
    held = [Wanted(2000, 1, 1)]
    KEPT.append(Holder({"a": held}))
    gc.collect()
    gc.freeze()
    assert not is_in(held, owners(search(wanted_types=(Wanted,))))
    assert is_in(held, owners(search(is_frozen=True, wanted_types=(Wanted,))))
    assert gc.get_freeze_count() > 0


def has_an_end() -> None:
    KEPT.append([[number] for number in range(100_000)])
    search(wanted_types=(Wanted,))
    assert not search(seconds=0.0, wanted_types=(Wanted,)).is_complete
    assert gc.isenabled()


def stops_at_any_time() -> None:
    """Also right after it has met a container that several may refer to."""
    KEPT.append([dict.fromkeys(range(99), Wanted(2000, 1, 1))])
    KEPT.append([[number] for number in range(50_000)])
    for _ in range(5):
        gc.collect()
    times, seconds = 0, 0.001
    while times < 20:
        found = search(seconds=seconds, wanted_types=(Wanted,))
        has_met_it = is_in(KEPT[-2], owners(found))
        assert has_met_it or not found.is_complete
        times += has_met_it and not found.is_complete
        seconds *= 0.97 if has_met_it else 1.05


def many_levels_and_owners() -> None:
    held: Any = [Wanted(2000, 1, 1)]
    for _ in range(20):
        held = [held]
    KEPT.append(held)
    found = search(wanted_types=(Wanted,))
    assert any(target is held and owner is KEPT for owner, target in edges(found))
    wide = [Wanted(2000, 1, 1)]
    KEPT.append([Holder(wide) for _ in range(5_000)])
    found = search(wanted_types=(Wanted,))
    assert sum(target is wide for _, target in edges(found)) >= 5_000


def refuses_subinterpreters() -> None:
    subinterpreter.refuses("from tt_memwatch_tracer.heap import Heap; Heap()")


SCENARIOS: dict[str, Callable[[], None]] = {
    scenario.__name__: scenario
    for scenario in (
        *(finds, keeps_nothing, beside_threads, beside_what_ends, types_end, asks_the_foreign_only_to_compare),
        *(finds_what_is_frozen, has_an_end, stops_at_any_time, many_levels_and_owners, refuses_subinterpreters),
    )
}

if __name__ == "__main__":
    SCENARIOS[sys.argv[1]]()
    print("right")

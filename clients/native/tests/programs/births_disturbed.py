"""Births are noted while other things happen, a scenario by name: each ends with `right`, or with a traceback, or the
sanitizer's report."""

from __future__ import annotations

import gc
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import subinterpreter
from fake_tensors import DEVICE, DRAM, L1, Config, Numbered, Unique
from noted import begin, call, site_at


def keeps_nothing() -> None:
    class Own(Unique):
        pass

    births, note = begin(Own)
    counted = (None, DEVICE, DRAM, Own)
    before = [sys.getrefcount(each) for each in counted]
    ended = []
    for number in range(2_000):
        tensor = Own(number % 3, DEVICE)
        ended.append(weakref.ref(tensor))
        note([tensor], (tensor.view(), [Own(9, DEVICE)]), {"a": Own(9)})
        note(tensor.view(), (1, tensor), {})
    del tensor
    births.clear()
    after = [sys.getrefcount(each) for each in counted]
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) < 10, (before, after)
    gc.collect()
    assert not any(reference() is not None for reference in ended)
    kind = weakref.ref(Own)
    del Own, births, note, counted
    gc.collect()
    assert kind() is None


def is_called_from_within() -> None:
    """What is asked, collected or ends in between notes births of its own, from other places."""
    births, note = begin(Unique)

    def within(*_: Any) -> None:
        site_at(2, note, births)

    class Asking(Unique):
        def memory_config(self) -> Config:
            if self.memory_type is DRAM:
                call(asking_note, Asking(0, DEVICE, L1))
            return super().memory_config()

    asking_births, asking_note = begin(Asking)
    gc.callbacks.append(within)
    thresholds = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    for number in range(200):
        scope: dict[str, Any] = {"call": call, "note": note, "tensor": Unique(1 + number % 3, DEVICE)}
        exec("\n" * (number % 5) + "def made(): call(note, tensor)\nmade()", scope)
        # It ends with its birth, and with what the noter remembers of it.
        code = scope.pop("made").__code__
        weakref.finalize(code, within)
        assert births[(0, id(DRAM), 1 + number % 3)][1][:2:2] == (code,)
        del code
        call(asking_note, Asking(0, DEVICE))
        in_dram, in_l1 = (asking_births[(0, id(kind), 0)][1][0] for kind in (DRAM, L1))
        assert (in_dram, in_l1) == (is_called_from_within.__code__, Asking.memory_config.__code__)
    gc.set_threshold(*thresholds)
    gc.callbacks.remove(within)
    assert site_at(0, note, births)[0] is site_at.__code__


def is_called_by_what_ends_with_a_site() -> None:
    """The noter holds the last site, and so its code; that ends when the next one comes, and notes a birth."""
    births, note = begin(Unique)
    scope: dict[str, Any] = {"call": call, "note": note, "tensor": Unique(1, DEVICE)}
    exec("def made(): call(note, tensor)\nmade()", scope)
    noted_at_its_end: list[Any] = []
    weakref.finalize(scope.pop("made").__code__, lambda: noted_at_its_end.append(site_at(0, note, births)))
    births.clear()
    assert not noted_at_its_end
    for _ in range(2):
        call(note, Unique(2, DEVICE))
        assert births[(0, id(DRAM), 2)][1][0] is sys._getframe().f_code
    assert [site[0] for site in noted_at_its_end] == [site_at.__code__]


def beside_threads() -> None:
    sys.setswitchinterval(1e-6)
    births, note = begin(Unique)
    shared: list[Any] = [Unique(1, DEVICE) for _ in range(50)]

    class Slow(Unique):
        def buffer_unique_id(self) -> int | None:
            time.sleep(0)
            return super().buffer_unique_id()

    slow_births, slow_note = begin(Slow)
    has_ended = threading.Event()

    def change() -> None:
        while not has_ended.is_set():
            shared[:] = [Slow(1, DEVICE) for _ in range(50)]
            del shared[25:]

    def work(number: int) -> None:
        for count in range(100):
            call(slow_note, [Slow(number, DEVICE)])
            slow_note(Slow(number, DEVICE), (shared,), {"a": shared})
            slow_note(shared, (), {})
            assert site_at(count % 3, note, births)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    changing = threading.Thread(target=change)
    for thread in (changing, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    has_ended.set()
    changing.join()
    assert births and slow_births


def beside_a_lack_of_memory() -> None:
    """Each request for memory fails in turn, from the first of a call to the last."""
    import _testcapi  # type: ignore[import-not-found]

    for kind in (Unique, Numbered):
        births, note = begin(kind)
        known = kind(100_000, DEVICE)
        note(known, (), {})
        args: tuple[Any, ...] = (known, [known])
        kwargs = {"a": known}
        for result in (kind(200_000, DEVICE), [kind(300_000, DEVICE)], known.view()):
            for first in range(60):
                births.pop((0, id(DRAM), 200_000), None)
                _testcapi.set_nomemory(first, first + 1)
                given = note(result, args, kwargs)
                _testcapi.remove_mem_hooks()
                assert given is result
        assert len(births) <= 3


def refuses_subinterpreters() -> None:
    subinterpreter.refuses("from tt_memwatch_tracer.births import NativeBirths; NativeBirths(None)")


SCENARIOS: dict[str, Callable[[], None]] = {
    scenario.__name__: scenario
    for scenario in (
        *(keeps_nothing, is_called_from_within, is_called_by_what_ends_with_a_site, beside_threads),
        *(beside_a_lack_of_memory, refuses_subinterpreters),
    )
}

if __name__ == "__main__":
    SCENARIOS[sys.argv[1]]()
    print("right")

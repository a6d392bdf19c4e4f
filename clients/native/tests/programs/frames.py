"""Allocates where Python's stack is in some state, and holds the recorded stacks against those that Python shows.

So are call sites of births, noted at the same moments.

frames.py SCENARIO RING FAKE_LIBRARY [HOW]      prints `right`

HOW is `objects`, to have frames looked at by Python's own functions, or `wrong-layout`, where the library has to notice
that it does not know where frames lie.
"""

from __future__ import annotations

import asyncio
import cProfile
import ctypes
import functools
import gc
import os
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from compared_sites import begin_to_compare, compare_site
from ring_file import RingFile
from tt_memwatch_tracer.library import Library

DEPTH = 8
CAPACITY, STACKS_BYTES = 1 << 16, 1 << 22

#: File, line and name of each frame, innermost first.
Stack = list[tuple[str, int, str]]

#: What Python showed at each allocation, by its size, which counts them.
EXPECTED: dict[int, Stack] = {}

FAKE: Any = ctypes.PyDLL(sys.argv[3], ctypes.RTLD_GLOBAL)
FAKE.fake_open.restype = ctypes.c_void_p
FAKE.fake_allocate.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32]
FAKE.fake_allocate.restype = ctypes.c_void_p
ALLOCATOR = FAKE.fake_open()


def shown(frame: FrameType | None) -> Stack:
    stack: Stack = []
    while frame is not None and len(stack) < DEPTH - 1:
        code = frame.f_code
        stack.append((code.co_filename, frame.f_lineno, getattr(code, "co_qualname", code.co_name)))
        frame = frame.f_back
    return stack


def allocate(*_: Any) -> int:
    compare_site(sys._getframe())
    number = len(EXPECTED) + 1
    EXPECTED[number] = shown(sys._getframe(1))
    FAKE.fake_allocate(ALLOCATOR, number, 0)
    return number


def compare(ring: Path) -> None:
    file = RingFile(ring)
    recorded = {record.size: file.stacks.get(record.stack, []) for record in file.records}
    assert len(recorded) == len(EXPECTED) > 0, (len(recorded), len(EXPECTED))
    for number, expected in EXPECTED.items():
        (_, _, name), *outer = recorded[number]
        assert name == "allocate"
        assert outer == expected, f"{number}: recorded {outer}, Python shows {expected}"


class Holder:
    def method(self) -> int:
        return allocate()

    @property
    def value(self) -> int:
        return allocate() + (allocate())


def generate(depth: int) -> Any:
    yield allocate()
    if depth > 0:
        yield from generate(depth - 1)
    yield allocate()


async def wait(depth: int) -> None:
    allocate()
    if depth > 0:
        await wait(depth - 1)
    await asyncio.sleep(0)
    allocate()


def recurse(depth: int, then: Callable[[], Any]) -> Any:
    return then() if depth == 0 else recurse(depth - 1, then)


def in_functions_of_all_kinds() -> None:
    for _ in range(3):
        Holder().method(), Holder().value, allocate(), allocate()
        list(map(allocate, range(2)))
        functools.reduce(lambda a, b: allocate(), range(3))
        sorted(range(3), key=lambda number: allocate())
        [allocate() for _ in range(2)], {allocate(): allocate() for _ in range(2)}
        list(generate(4)), sum(allocate() for _ in range(2))
        exec("def inner():\n  allocate()\ninner(); class_ = type('C', (), {'x': allocate()})\nallocate()", globals())
        recurse(5, allocate), recurse(500, functools.partial(recurse, 3, allocate))
        asyncio.run(wait(3))
        try:
            recurse(5, lambda: allocate() / 0)
        except ZeroDivisionError:
            allocate()


class Ending:
    """Allocates when it ends, with `itself` in a collection."""

    def __init__(self, itself: bool = False) -> None:
        self.itself = self if itself else None

    def __del__(self) -> None:
        allocate()


def make_closure(value: Any) -> Callable[[], Any]:
    def inner() -> Any:
        def innermost() -> Any:
            return value, inner

        return innermost()

    return inner


def in_finalizers_and_collections() -> None:
    # Collections begin while frames are being made: their cells are tracked objects.
    gc.callbacks.append(allocate)
    thresholds = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    for number in range(40):
        kept = Ending(itself=number % 2 == 0)
        reference = weakref.ref(kept, allocate)
        make_closure(kept)()
        del kept, reference
        list(generate(1))
    gc.set_threshold(*thresholds)
    gc.callbacks.clear()


def in_code_that_ends() -> None:
    for number in range(300):
        scope: dict[str, Any] = {"allocate": allocate}
        exec(f"def made_{number % 7}():\n" + "\n" * (number % 5) + "  return allocate()", scope)
        scope[f"made_{number % 7}"]()


def in_threads() -> None:
    lock = threading.Lock()
    sys.setswitchinterval(1e-6)

    def one() -> None:
        with lock:
            allocate()

    def work(number: int) -> None:
        for count in range(100):
            recurse(number + count % 3, one)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        sys._current_frames()
    for thread in threads:
        thread.join()


def under_trace_and_profile_functions() -> None:
    def tracing(frame: FrameType, event: str, argument: Any) -> Any:
        allocate()
        return tracing

    def work() -> None:
        total = 0
        for number in range(3):
            total += len(make_closure(number)())
        list(generate(1))

    sys.settrace(tracing)
    work()
    sys.settrace(None)
    sys.setprofile(lambda frame, event, argument: None if "allocate" in frame.f_code.co_name else allocate() and None)
    work()
    sys.setprofile(None)
    with cProfile.Profile():
        Holder().method()
        list(generate(2))
    if sys.version_info >= (3, 12):
        under_monitoring(work)


def under_monitoring(work: Callable[[], None]) -> None:
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined]
    events = monitoring.events
    monitoring.use_tool_id(3, "frames")
    for event in (events.PY_START, events.LINE, events.PY_RETURN):
        monitoring.register_callback(3, event, lambda code, *_: None if code is allocate.__code__ else allocate())
    monitoring.set_events(3, events.PY_START | events.PY_RETURN)
    work()
    monitoring.set_events(3, 0)
    monitoring.free_tool_id(3)


def beside_subinterpreters() -> None:
    interpreters: Any = __import__("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
    usual = interpreters.create("legacy") if sys.version_info >= (3, 13) else interpreters.create(isolated=False)
    allocate()
    interpreters.run_string(
        usual,
        f"import ctypes\nlibrary = ctypes.PyDLL({sys.argv[3]!r})\n"
        "library.fake_allocate.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32]\n"
        f"for number in range(3): library.fake_allocate({ALLOCATOR}, 1000 + number, 0)",
    )
    allocate()
    # Where such interpreters are, Python cannot tell who holds the GIL: this thread does not.
    without_gil: Any = ctypes.CDLL(sys.argv[3])
    without_gil.fake_allocate.argtypes = FAKE.fake_allocate.argtypes
    threads = [threading.Thread(target=without_gil.fake_allocate, args=(ALLOCATOR, 2000 + n, 0)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    interpreters.destroy(usual)
    records = RingFile(Path(sys.argv[2])).records
    elsewhere = [record for record in records if record.size >= 1000]
    assert len(elsewhere) == 7 and {record.stack for record in elsewhere} == {0}
    EXPECTED.update({record.size: [] for record in elsewhere})


def in_greenlets() -> None:
    from greenlet import greenlet  # type: ignore[import-not-found]

    def work(number: int) -> None:
        for _ in range(3):
            recurse(number, allocate)
            recurse(number, greenlet.getcurrent().parent.switch)
            allocate()

    for _ in range(2):
        running = [greenlet(work) for _ in range(4)]
        for number, each in enumerate(running):
            each.switch(number)
        while running:
            allocate()
            running = [each for each in running if not each.dead and (each.switch(), True)]


def in_a_forked_child() -> None:
    allocate()
    child = os.fork()
    if child == 0:
        EXPECTED.clear()
        begin(Path(f"{sys.argv[2]}.child"))
        recurse(3, allocate)
        compare(Path(f"{sys.argv[2]}.child"))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    allocate()


def begin(ring: Path) -> None:
    library = Library()
    assert library.open(os.fsencode(ring), CAPACITY, STACKS_BYTES) == 0
    assert library.install() != 0, library.reason()
    assert library.stacks(DEPTH)
    assert next(library.stacks_agree() for _ in (0,)) == ("wrong-layout" not in sys.argv)
    if "objects" in sys.argv:
        library.stacks_use_objects()
    else:
        begin_to_compare("wrong-layout" not in sys.argv)


def main() -> None:
    begin(Path(sys.argv[2]))
    globals()[sys.argv[1]]()
    if sys.argv[1] != "beside_subinterpreters":
        compare(Path(sys.argv[2]))
    print("right")


main()

"""The search for holders leaves nothing behind, and does no harm to threads and their children."""

import gc
import os
import sys
import threading
import time

import numpy
import pytest

from tt_memwatch.holders import find_holders
from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.referents import LARGE, parts_of
from tt_memwatch.holders.stop_threads import TURN_S


def _search() -> dict:
    return find_holders(1, [("DRAM", 0)], 20.0, {}, lambda buffer, tensor: None)


@pytest.mark.usefixtures("walk")
def test_nothing_of_the_search_is_left():
    _search()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        _search()
        assert gc.collect() == 0, gc.garbage
        assert not gc.isenabled()
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    _search()
    assert gc.isenabled()


def _seconds_of(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@pytest.mark.usefixtures("walk")
def test_a_thread_that_computes_is_not_broken():
    """A tuple that is being made must not be referred to by anything else: Python says SystemError then."""
    errors, is_over = [], threading.Event()

    def compute() -> None:
        while not is_over.is_set():
            try:
                tuple(number for number in range(3_000))
            except SystemError as error:
                errors.append(error)

    thread = threading.Thread(target=compute)
    thread.start()
    interval = sys.getswitchinterval()
    try:
        took_s = [_seconds_of(_search) for _ in range(6)]
    finally:
        is_over.set()
        thread.join()
    if max(took_s) > TURN_S:
        pytest.skip(
            f"this machine is too busy: a search took {max(took_s):.1f} s, and threads stand still for {TURN_S} s"
        )
    assert errors == []
    assert sys.getswitchinterval() == interval


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_child_that_another_thread_forks_during_a_search_collects_garbage_and_changes_threads_as_before():
    interval, until, seen = sys.getswitchinterval(), time.monotonic() + 20, []

    def fork() -> None:
        while sys.getswitchinterval() == interval and time.monotonic() < until:
            pass
        seen.append(sys.getswitchinterval() > TURN_S / 2)
        child = os.fork()
        if child == 0:
            os._exit(gc.isenabled() and sys.getswitchinterval() == interval)
        seen.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    thread = threading.Thread(target=fork)
    thread.start()
    while thread.is_alive():
        _search()
    assert seen == [True, 1]
    assert gc.isenabled()
    assert sys.getswitchinterval() == interval


def test_a_large_container_is_asked_by_parts_until_there_is_no_time():
    over, plenty = Deadline.after(-1), Deadline.after(600)
    count = 3 * LARGE
    large = [list(range(count)), tuple(range(count)), dict.fromkeys(range(count)), set(range(count))]
    large.append(numpy.full(count, None, dtype=object))
    for container in large:
        assert sum(map(len, parts_of(container, over))) <= LARGE + 1
        assert sum(map(len, parts_of(container, plenty))) >= count
    assert plenty.first(range(count), lambda value: value == count - 1) == count - 1
    assert over.first(range(count), lambda value: value == count - 1) is None

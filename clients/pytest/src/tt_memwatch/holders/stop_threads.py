"""Other threads stand still while the search holds references to what is theirs, and no garbage is collected.

A reference more than a thread knows of can break it: `tuple(generator)` raises SystemError, `ndarray.resize` a
ValueError, and what it lets go of would be finalized in the thread that searches.
"""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tt_memwatch.clocks import REAL

#: How long a thread that wants to run waits before it asks for its turn, in seconds.
TURN_S = 0.8

#: For how much of it the search goes on: a step may be longer than was foreseen, and all has to be let go of in time.
#: 100,000 objects take 0.3 s where three processes compete for a processor.
SEARCH_S = TURN_S / 2

#: A thread that computes takes all of its turn; what took less than this had only to be scheduled, or waits again.
_COMPUTES_S = TURN_S * 3 / 4

#: What puts back what is as it was before the searches that run.
_put_back: list[Callable[[], object]] = []


def _put_all_back() -> None:
    """In a forked child: another thread may have forked it, and the one that searches is not there."""
    while _put_back:
        _put_back.pop()()


os.register_at_fork(after_in_child=_put_all_back)


@contextmanager
def _then(put_back: Callable[[], object]) -> Iterator[None]:
    _put_back.append(put_back)
    try:
        yield
    finally:
        _put_back.remove(put_back)
        put_back()


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage is collected."""
    if not gc.isenabled():
        yield
        return
    with _then(gc.enable):
        gc.disable()
        yield


@contextmanager
def standstill() -> Iterator[float]:
    """For how long the search may go on, in seconds; endless where no other thread computes.

    A thread that computes has its turn first: it asked for one by the clock that was in force before.
    """
    if len(sys._current_frames()) == 1:
        yield float("inf")
        return
    now, give_up_turn = REAL.perf_counter, REAL.sleep
    with _then(functools.partial(sys.setswitchinterval, sys.getswitchinterval())):
        sys.setswitchinterval(TURN_S)
        before = now()
        give_up_turn(0)
        yield SEARCH_S if now() - before > _COMPUTES_S else float("inf")

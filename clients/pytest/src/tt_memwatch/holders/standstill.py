"""Other threads stand still while the search holds references to what is theirs.

A reference more than a thread knows of can break it: `tuple(generator)` raises SystemError, `ndarray.resize` a
ValueError, and what it lets go of would be finalized in the thread that searches.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: How long a thread that wants to run waits before it asks for its turn, in seconds.
TURN_S = 0.8

#: For how much of it the search goes on: a step may be longer than was foreseen, and all has to be let go of in time.
#: 100,000 objects take 0.3 s where three processes compete for a processor.
SEARCH_S = TURN_S / 2

#: A thread that computes takes all of its turn; what took less than this had only to be scheduled, or waits again.
_COMPUTES_S = TURN_S * 3 / 4

#: Taken here: suites replace those of `time`, and tools that do it replace them in every module as well.
_CLOCK: tuple[Callable[[], float], Callable[[float], None]] = (time.perf_counter, time.sleep)


@contextmanager
def standstill() -> Iterator[float]:
    """For how long the search may go on, in seconds; endless where no other thread computes.

    A thread that computes has its turn first: it asked for one by the clock that was in force before.
    """
    if len(sys._current_frames()) == 1:
        yield float("inf")
        return
    now, give_up_turn = _CLOCK
    interval = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        before = now()
        give_up_turn(0)
        yield SEARCH_S if now() - before > _COMPUTES_S else float("inf")
    finally:
        sys.setswitchinterval(interval)

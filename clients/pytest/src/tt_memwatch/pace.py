"""When what tests left is searched: after each test while that is cheap, else for many of them at once.

What is left stays left, so one collection of garbage and one search for holders can serve all tests since the last.
What is freed meanwhile needs none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

MODES = ("auto", "each")

#: How long searches may take in all before they wait for each other, in seconds of the processor's time: a suite in
#: which few tests leak is searched test by test.
GRACE_S = 3.0

#: Searches that need not wait, if the last one took no longer than this, in seconds of the processor's time: so that a
#: small suite is reported in the same way on a slow or busy machine.
FREE_SEARCHES = 150
FREE_SEARCH_S = 0.25

#: What they may take beyond that, as a part of the time since the session began.
SHARE = 0.05

#: Taken here: suites replace those of `time`, and tools that do it replace them in every module as well.
_CLOCK: tuple[Callable[[], float], Callable[[], float]] = (time.perf_counter, time.thread_time)


@dataclass
class Pace:
    """Says whether to search now, by what searching has taken so far."""

    is_each: bool = False
    _began: float = field(default_factory=_CLOCK[0])
    _spent_s: float = 0.0
    _last_s: float = 0.0
    _searches: int = 0

    def allows_search(self) -> bool:
        """Whether a search as long as the last one is within what they may take."""
        is_free = self._searches < FREE_SEARCHES and self._last_s <= FREE_SEARCH_S
        allowed_s = GRACE_S + SHARE * (_CLOCK[0]() - self._began)
        return self.is_each or is_free or self._spent_s + self._last_s <= allowed_s

    @contextmanager
    def searching(self) -> Iterator[None]:
        began = _CLOCK[1]()
        try:
            yield
        finally:
            self._last_s = _CLOCK[1]() - began
            self._spent_s += self._last_s
            self._searches += 1

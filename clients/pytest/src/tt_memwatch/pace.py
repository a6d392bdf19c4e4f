"""When what tests left is searched: after each test while that is cheap, else for many of them at once.

What is left stays left, so one collection of garbage and one search for holders can serve all tests since the last.
What is freed meanwhile needs none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tt_memwatch.clocks import REAL

MODES = ("auto", "each")

#: A search need not wait once so many tests wait for it, as a part of those that were searched: so few searches serve
#: many tests, a few leaks are searched test by test, and neither depends on how fast the machine is.
WAITING_PART = 0.5

#: Searches for what is not found near its test, which need not wait if the last one took no longer than this, in
#: seconds of the processor's time.
AT_ONCE_MAX = 150
AT_ONCE_S = 0.25

#: How long searches may take besides, in seconds of the processor's time.
GRACE_S = 0.1

#: What they may take beyond that, as a part of the time since the session began: where tests take long, each that left
#: something is searched.
SHARE = 0.03

#: Looks for what waits near its test, among about 1 % of all objects: so many, if the last one took no longer than
#: this, or for so long in all, in seconds of the processor's time.
NEAR_FREE = 100
NEAR_FREE_S = 0.02
NEAR_GRACE_S = 0.3


@dataclass
class Pace:
    """Says whether to search now, by what searching has taken so far."""

    is_each: bool = False
    _began: float = field(default_factory=REAL.perf_counter)
    _spent_s: float = 0.0
    _last_s: float = 0.0
    _searches: int = 0
    _waiting: int = 0
    _searched: int = 0
    _near_looks: int = 0
    _near_spent_s: float = 0.0
    _near_last_s: float = 0.0

    def note_waiting(self) -> None:
        """Another test left something on a device."""
        self._waiting += 1

    def allows_search(self) -> bool:
        """Whether enough waits for a search, or one as long as the last one is within what they may take."""
        are_many = self._waiting >= WAITING_PART * self._searched
        allowed_s = GRACE_S + SHARE * (REAL.perf_counter() - self._began)
        return self.is_each or are_many or self._spent_s + self._last_s <= allowed_s

    def allows_at_once(self) -> bool:
        """Whether what is not found near its test may be searched at once."""
        return self._searches < AT_ONCE_MAX and self._last_s <= AT_ONCE_S

    def allows_look_near(self) -> bool:
        """Whether what waits may be looked for near its test."""
        is_free = self._near_looks < NEAR_FREE and self._near_last_s <= NEAR_FREE_S
        return is_free or self._near_spent_s <= NEAR_GRACE_S

    @contextmanager
    def looking_near(self) -> Iterator[None]:
        began = REAL.thread_time()
        try:
            yield
        finally:
            self._near_last_s = REAL.thread_time() - began
            self._near_spent_s += self._near_last_s
            self._near_looks += 1

    @contextmanager
    def searching(self) -> Iterator[None]:
        began = REAL.thread_time()
        try:
            yield
        finally:
            self._last_s = REAL.thread_time() - began
            self._spent_s += self._last_s
            self._searches += 1
            self._searched += self._waiting
            self._waiting = 0

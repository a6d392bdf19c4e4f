"""Clocks as they were when the plugin was loaded.

Suites replace those of `time`, and tools that do it for them replace every name that a module has for one as well. A
field of a tuple is not found.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple


class Clocks(NamedTuple):
    #: Seconds, for what lies between two moments.
    perf_counter: Callable[[], float]
    #: Nanoseconds, as the tracer's records and the engine have them.
    monotonic_ns: Callable[[], int]
    #: Seconds of the processor's time of this thread.
    thread_time: Callable[[], float]
    sleep: Callable[[float], None]


REAL = Clocks(time.perf_counter, time.monotonic_ns, time.thread_time, time.sleep)

"""The clock as it was when the tracer was loaded.

What is traced may replace those of `time`, and every name that a module has for one. A field of a tuple is not found.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple


class Clocks(NamedTuple):
    #: Seconds, for what lies between two moments.
    monotonic: Callable[[], float]


REAL = Clocks(time.monotonic)

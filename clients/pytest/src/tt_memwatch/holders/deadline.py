"""When a search has to end. Whatever may take long asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tt_memwatch.clocks import REAL

#: Elements that are looked at between two looks at the clock.
STRIDE = 4_096


@dataclass(frozen=True)
class Deadline:
    #: On the clock of `perf_counter`, in seconds.
    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(REAL.perf_counter() + seconds)

    @property
    def left_s(self) -> float:
        """Seconds until then; less than 0 once it is over."""
        return self.at - REAL.perf_counter()

    @property
    def is_over(self) -> bool:
        return self.left_s < 0

    def strides(self, values: Iterable[Any], size: int = STRIDE) -> Iterator[list[Any]]:
        """The values in lists of `size`, as long as there is time; what another thread changes meanwhile ends it."""
        iterator = iter(values)
        try:
            while stride := list(islice(iterator, size)):
                yield stride
                if self.is_over:
                    return
        except RuntimeError:
            return

    def first(self, values: Iterable[Any], is_it: Callable[[Any], bool]) -> Any:
        """The first value that it is; None where there is none or no time."""
        for stride in self.strides(values):
            for value in stride:
                if is_it(value):
                    return value
        return None

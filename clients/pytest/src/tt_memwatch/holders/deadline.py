"""When a search has to end. Whatever may take long asks it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

#: Elements that are looked at between two looks at the clock.
STRIDE = 4_096


@dataclass(frozen=True)
class Deadline:
    #: As an attribute, which tools that replace the functions of `time` in every module do not find.
    clock: ClassVar[Callable[[], float]] = time.perf_counter
    #: On the clock of `time.perf_counter`, in seconds.
    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(cls.clock() + seconds)

    @property
    def is_over(self) -> bool:
        return Deadline.clock() > self.at

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

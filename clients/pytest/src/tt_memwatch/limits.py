"""How much device memory a test may leave, and how much it may have live at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tt_memwatch.devices.measurement import MEMORY_TYPES
from tt_memwatch.sizes import parse_size

#: The memory type whose name alone would read as the tracer: its limit is called `trace_limit`.
_TRACE = "TRACE"


def _of(memory_type: str | None) -> str:
    return "" if memory_type is None else f"of {memory_type} "


#: Name of each limit, as options and in a marker -> memory type; `limit` is for all types together.
LIMITS: Mapping[str, str | None] = {
    "limit": None,
    **{name.lower(): name for name in MEMORY_TYPES if name != _TRACE},
    "trace_limit": _TRACE,
}

#: In place of a memory type: of L1, on each core.
_PER_CORE = "L1 of each core"

#: The same for what a test itself may have live at once, which the engine looks after.
PEAK_LIMITS: Mapping[str, str | None] = {
    "peak": None,
    **{f"{name.lower()}_peak": name for name in MEMORY_TYPES},
    "l1_core_peak": _PER_CORE,
}

#: What each limit is of, for people.
LIMIT_HELP: Mapping[str, str] = {
    **{name: f"device memory {_of(kind)}a test may leave, per chip, e.g. '64 KB'" for name, kind in LIMITS.items()},
    **{
        name: f"device memory {_of(kind)}a test itself may have live at once, per chip, under `tt-memwatch run`"
        for name, kind in PEAK_LIMITS.items()
    },
    "l1_core_peak": "L1 that each core may have in use at once while a test runs, under `tt-memwatch run`",
}

#: Names that limits had -> the names they have.
OLD_LIMITS: Mapping[str, str] = {"trace": "trace_limit"}


@dataclass(frozen=True)
class Peaks:
    """Bytes a test itself may have live at once, per chip; of L1 on each core, whoever has them."""

    total: int | None = None
    per_type: dict[str, int] = field(default_factory=dict)
    l1_per_core: int | None = None

    def message(self) -> dict[str, object] | None:
        """As the engine gets it; None where there is no limit."""
        if self == Peaks():
            return None
        return {"total": self.total, "perType": self.per_type, "l1PerCore": self.l1_per_core}


@dataclass(frozen=True)
class Limits:
    """Bytes a test may leave, per chip."""

    total: int | None = None
    per_type: dict[str, int] = field(default_factory=dict)
    peaks: Peaks = Peaks()

    def excess(self, grown: Mapping[str, int]) -> dict[str, int]:
        """The growth, by memory type, that no limit allows."""
        if self.total is not None and sum(grown.values()) > self.total:
            return dict(grown)
        allowed = {} if self.total is None else dict.fromkeys(grown, self.total)
        allowed.update(self.per_type)
        return {name: size for name, size in grown.items() if size > allowed.get(name, 0)}


def limits_over(given: Mapping[str, object], defaults: Limits) -> Limits:
    """The limits of these names and sizes; `defaults` where none is given. Raises ValueError."""
    total, per_type, peaks = defaults.total, dict(defaults.per_type), defaults.peaks
    for name, value in given.items():
        if name in PEAK_LIMITS:
            peaks = _peaks_over(PEAK_LIMITS[name], parse_size(value), peaks)
            continue
        memory_type = LIMITS[name]
        if memory_type is None:
            total = parse_size(value)
        else:
            per_type[memory_type] = parse_size(value)
    return Limits(total, per_type, peaks)


def _peaks_over(kind: str | None, size: int, defaults: Peaks) -> Peaks:
    if kind is None:
        return replace(defaults, total=size)
    if kind == _PER_CORE:
        return replace(defaults, l1_per_core=size)
    return replace(defaults, per_type={**defaults.per_type, kind: size})

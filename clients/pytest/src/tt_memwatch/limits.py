"""How much device memory a test may leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tt_memwatch.devices.measurement import MEMORY_TYPES
from tt_memwatch.sizes import parse_size

#: The memory type whose name alone would read as the tracer: its limit is called `trace_limit`.
_TRACE = "TRACE"

#: Name of each limit, as options and in a marker -> memory type; `limit` is for all types together.
LIMITS: Mapping[str, str | None] = {
    "limit": None,
    **{name.lower(): name for name in MEMORY_TYPES if name != _TRACE},
    "trace_limit": _TRACE,
}

#: Names that limits had -> the names they have.
OLD_LIMITS: Mapping[str, str] = {"trace": "trace_limit"}


@dataclass(frozen=True)
class Limits:
    """Bytes a test may leave, per chip."""

    total: int | None = None
    per_type: dict[str, int] = field(default_factory=dict)

    def excess(self, grown: Mapping[str, int]) -> dict[str, int]:
        """The growth, by memory type, that no limit allows."""
        if self.total is not None and sum(grown.values()) > self.total:
            return dict(grown)
        allowed = {} if self.total is None else dict.fromkeys(grown, self.total)
        allowed.update(self.per_type)
        return {name: size for name, size in grown.items() if size > allowed.get(name, 0)}


def limits_over(given: Mapping[str, object], defaults: Limits) -> Limits:
    """The limits of these names and sizes; `defaults` where none is given. Raises ValueError."""
    total, per_type = defaults.total, dict(defaults.per_type)
    for name, value in given.items():
        memory_type = LIMITS[name]
        if memory_type is None:
            total = parse_size(value)
        else:
            per_type[memory_type] = parse_size(value)
    return Limits(total, per_type)

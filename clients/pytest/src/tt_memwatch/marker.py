"""The marker `memwatch`: what holds for one test."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tt_memwatch.limits import LIMITS, OLD_LIMITS, Limits, limits_over
from tt_memwatch.old_names import OldName

MARKER = (
    'memwatch(limit="1 MB", dram="0", l1="64 KB", l1_small=..., trace_limit=..., skip=False, unsafe=False, reason=""): '
    "how much device memory the test may leave, per chip, in all or of one type; skip=True leaves the test unmeasured, "
    "unsafe=True never repeats it to confirm what it left"
)


@dataclass(frozen=True)
class TestOptions:
    """What holds for one test."""

    __test__ = False

    limits: Limits
    skip: bool = False
    #: Not to be run more than once in a process, whatever it leaves.
    unsafe: bool = False
    reason: str | None = None
    #: Of its marker.
    old_names: list[OldName] = field(default_factory=list)


def test_options(item: pytest.Item, defaults: Limits) -> TestOptions:
    """The nearest marker's options over `defaults`. Raises ValueError that names the marker's fault."""
    marker = item.get_closest_marker("memwatch")
    if marker is None:
        return TestOptions(defaults)
    unknown = set(marker.kwargs) - set(LIMITS) - set(OLD_LIMITS) - {"skip", "unsafe", "reason"}
    if marker.args or unknown:
        raise ValueError(
            f"pytest.mark.memwatch: unknown {', '.join(map(repr, (*marker.args, *sorted(unknown))))}; wanted {MARKER}"
        )
    old = {name: now for name, now in OLD_LIMITS.items() if name in marker.kwargs}
    given = {now: marker.kwargs[name] for name, now in old.items()}
    given.update({name: marker.kwargs[name] for name in LIMITS if name in marker.kwargs})
    skip, unsafe = (bool(marker.kwargs.get(name, False)) for name in ("skip", "unsafe"))
    old_names = [OldName(f"memwatch({name}=...)", f"memwatch({now}=...)") for name, now in old.items()]
    return TestOptions(limits_over(given, defaults), skip, unsafe, marker.kwargs.get("reason"), old_names)

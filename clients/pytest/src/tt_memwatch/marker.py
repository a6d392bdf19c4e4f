"""The marker `memwatch`: what holds for one test."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tt_memwatch.limits import LIMITS, OLD_LIMITS, Limits, limits_over
from tt_memwatch.old_names import OldName

MARKER = (
    'memwatch(limit="1 MB", dram="0", l1="64 KB", l1_small=..., trace_limit=..., skip=False, unsafe=False, reason="", '
    'known="why", ref="URL", strict=False): '
    "how much device memory the test may leave, per chip, in all or of one type; skip=True leaves the test unmeasured, "
    "unsafe=True never repeats it to confirm what it left; known says why the test leaks, so that it does not fail, "
    "and strict=True that it fails once the leak is gone"
)


@dataclass(frozen=True)
class KnownLeak:
    """A leak that is known, so that it does not fail."""

    reason: str
    #: Where it is written, such as the address of an issue.
    ref: str | None
    #: Whether it fails that the leak is gone.
    strict: bool


@dataclass(frozen=True)
class TestOptions:
    """What holds for one test."""

    __test__ = False

    limits: Limits
    skip: bool = False
    #: Not to be run more than once in a process, whatever it leaves.
    unsafe: bool = False
    reason: str | None = None
    known: KnownLeak | None = None
    #: Of its marker.
    old_names: list[OldName] = field(default_factory=list)


def test_options(item: pytest.Item, defaults: Limits) -> TestOptions:
    """The nearest marker's options over `defaults`. Raises ValueError that names the marker's fault."""
    marker = item.get_closest_marker("memwatch")
    if marker is None:
        return TestOptions(defaults)
    unknown = set(marker.kwargs) - set(LIMITS) - set(OLD_LIMITS) - {"skip", "unsafe", "reason", *_OF_KNOWN}
    if marker.args or unknown:
        names = ", ".join(map(repr, (*marker.args, *sorted(unknown))))
        raise ValueError(f"pytest.mark.memwatch: unknown {names}; pytest --markers lists what it takes")
    old = {name: now for name, now in OLD_LIMITS.items() if name in marker.kwargs}
    given = {now: marker.kwargs[name] for name, now in old.items()}
    given.update({name: marker.kwargs[name] for name in LIMITS if name in marker.kwargs})
    skip, unsafe = (bool(marker.kwargs.get(name, False)) for name in ("skip", "unsafe"))
    old_names = [OldName(f"memwatch({name}=...)", f"memwatch({now}=...)") for name, now in old.items()]
    limits, reason = limits_over(given, defaults), marker.kwargs.get("reason")
    return TestOptions(limits, skip, unsafe, reason, _known(marker), old_names)


#: What the marker may say of a leak that is known.
_OF_KNOWN = ("known", "ref", "strict")


def _known(marker: pytest.Mark) -> KnownLeak | None:
    reason, ref = marker.kwargs.get("known"), marker.kwargs.get("ref")
    if reason is None and (ref is not None or "strict" in marker.kwargs):
        raise ValueError("pytest.mark.memwatch: ref and strict belong to a known leak: give known='why' as well")
    if reason is None:
        return None
    if not isinstance(reason, str) or not reason or not isinstance(ref, (str, type(None))):
        raise ValueError(f"pytest.mark.memwatch: known is {reason!r} and ref {ref!r}; wanted texts, known not empty")
    return KnownLeak(reason, ref, bool(marker.kwargs.get("strict", False)))

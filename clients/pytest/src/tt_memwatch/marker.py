"""The marker `memwatch`: what holds for one test."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from tt_memwatch.limits import LIMIT_HELP, OLD_LIMITS, Limits, limits_over
from tt_memwatch.old_names import OldName
from tt_memwatch.per_test_lines import json_fields
from tt_memwatch.sizes import SIZE_MAX

MARKER = (
    'memwatch(limit="1 MB", dram="0", l1="64 KB", l1_small=..., trace_limit=..., peak="300 MB", dram_peak=..., '
    'l1_peak=..., l1_small_peak=..., trace_peak=..., l1_core_peak="900 KB", skip=False, unsafe=False, warm_up=1, '
    'reason="", known="why", ref="URL", strict=False): '
    "how much device memory the test may leave, per chip, in all or of one type, and how much it may itself have live "
    "at once (peak), or each core of L1 (l1_core_peak); skip=True leaves the test unmeasured, "
    "unsafe=True never runs it again to warm it up or to confirm what it left; warm_up says how many of its runs only "
    "warm up before one counts; known says why the test leaks, so that it does not fail, "
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
    #: So many of its runs only warm up; None: as many as for every test.
    warm_up: int | None = None
    reason: str | None = None
    known: KnownLeak | None = None
    #: Of its marker.
    old_names: list[OldName] = field(default_factory=list)
    #: What of its marker cannot be read, each with what is right. The rest of it holds.
    faults: list[str] = field(default_factory=list)

    @functools.cached_property
    def message(self) -> str:
        """What the engine hears of them before the test runs: keys and values as JSON."""
        limits = {"total": self.limits.total, "perType": self.limits.per_type}
        peaks = None if self.skip else self.limits.peaks.message()
        more = {} if peaks is None else {"peaks": peaks}
        return json_fields({"limits": limits, "reason": self.reason, **more})

    @functools.cached_property
    def message_of_a_first_run(self) -> str:
        """The same of a test that is no repeat."""
        return f'"repeat":0,{self.message}'


_WARM_UP = "warm_up"

_FLAGS = ("skip", "unsafe", "strict")

_TEXTS: Mapping[str, str] = {
    "reason": "fills the rope table once",
    "known": "the cache is shared",
    "ref": "https://example.org/issues/7",
}

#: Most repeats of one test.
REPEATS_MAX = 100

#: Longest text of a marker, in characters: a message to the engine has room for all of them.
TEXT_MAX = 5_000

#: Longest value that is shown, in characters.
_SHOWN_MAX = 60


def test_options(item: pytest.Item, unmarked: TestOptions) -> TestOptions:
    """The nearest marker's options over those of tests without one. What cannot be read of it does not hold."""
    marker = item.get_closest_marker("memwatch")
    if marker is None:
        return unmarked
    given = _Given(marker)
    old = {name: now for name, now in OLD_LIMITS.items() if name in marker.kwargs}
    flags, reason, known = {name: given.flag(name) for name in _FLAGS}, given.text("reason"), given.text("known")
    return TestOptions(
        given.limits(old, unmarked.limits),
        flags["skip"],
        flags["unsafe"],
        given.number(_WARM_UP, REPEATS_MAX),
        reason,
        given.known(known, given.text("ref"), flags["strict"]),
        [OldName(f"memwatch({name}=...)", f"memwatch({now}=...)") for name, now in old.items()],
        given.faults,
    )


def has_marker(item: pytest.Item) -> bool:
    """Whether there is any to look for, in a third of the time that pytest takes to find none."""
    node: pytest.Item | pytest.Collector | None = item
    while node is not None:
        for mark in node.own_markers:
            if getattr(mark, "name", None) == "memwatch":
                return True
        node = node.parent
    return False


def asks_for_warm_up(item: pytest.Item) -> bool:
    """Whether a marker of the test has something to say of that."""
    return any(marker.kwargs.get(_WARM_UP) for marker in item.iter_markers("memwatch"))


def place_of(item: pytest.Item) -> tuple[str, int]:
    """File, as in node ids, and line at which the test with its markers begins."""
    file, line, _ = item.location
    return file, (line or 0) + 1


class _Given:
    """The arguments of a marker, and what is wrong with them."""

    def __init__(self, marker: pytest.Mark) -> None:
        self._values = marker.kwargs
        self.faults = [f"{_shown(value)} has no name (did you mean limit={_shown(value)}?)" for value in marker.args]
        known = [*LIMIT_HELP, *_TEXTS, *_FLAGS, _WARM_UP]
        unknown = (name for name in marker.kwargs if name not in known and name not in OLD_LIMITS)
        self.faults += [f"there is no argument {name} ({_meant(name, known)})" for name in unknown]

    def flag(self, name: str) -> bool:
        value = self._values.get(name, False)
        if isinstance(value, bool):
            return value
        self._refuse(name, "True or False")
        return False

    def number(self, name: str, most: int) -> int | None:
        value = self._values.get(name)
        if value is None or (type(value) is int and 0 <= value <= most):
            return value
        self._refuse(name, f"a number from 0 to {most}")
        return None

    def text(self, name: str) -> str | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, str) and (value or name != "known") and len(value) <= TEXT_MAX:
            return value
        self._refuse(name, f"a text of up to {TEXT_MAX:,} characters, such as {name}={_TEXTS[name]!r}")
        return None

    def limits(self, old: Mapping[str, str], defaults: Limits) -> Limits:
        limits = defaults
        for name, now in [*old.items(), *((name, name) for name in LIMIT_HELP if name in self._values)]:
            value = self._values[name]
            try:
                if isinstance(value, bool) or not isinstance(value, (int, str)):
                    raise ValueError
                limits = limits_over({now: value}, limits)
            except ValueError:
                self._refuse(name, f"a size, such as {name}='64 KB' or {name}=4096 (1 KB = 1024 bytes)")
        return limits

    def known(self, reason: str | None, ref: str | None, strict: bool) -> KnownLeak | None:
        if reason is not None:
            return KnownLeak(reason, ref, strict)
        if self._values.get("known") is None and (ref is not None or "strict" in self._values):
            self.faults.append(f"ref and strict belong to a known leak (wanted known={_TEXTS['known']!r} as well)")
        return None

    def _refuse(self, name: str, wanted: str) -> None:
        self.faults.append(f"{name} is {_shown(self._values[name])} (wanted {wanted})")


def _meant(name: str, known: list[str]) -> str:
    """`l1_small_limit` is longer than it has to be; all else is a name misspelt."""
    begun = [each for each in known if name.startswith(f"{each}_")]
    alike = [max(begun, key=len)] if begun else difflib.get_close_matches(name.lower(), known, n=1)
    return f"did you mean {alike[0]}?" if alike else f"wanted one of {', '.join(known)}"


def _shown(value: object) -> str:
    """A plain value as it is written. Another one by its type: how it shows itself is code of the suite's."""
    if type(value) is str:
        return repr(value) if len(value) <= _SHOWN_MAX else f"a text of {len(value):,} characters"
    # Python refuses to write a number of thousands of digits.
    if value is None or type(value) in (bool, float) or (type(value) is int and abs(value) <= SIZE_MAX):
        return repr(value)
    return f"a value of type {type(value).__name__}"

"""Live allocation events: tells the tracer which test and phase runs, and the engine where to find what it recorded.

The tracer may be absent, as where there was no compiler: then nothing here does anything, and measurements are all
there is.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

#: Where the engine wants the rings; set by `tt-memwatch run`.
FOLDER_VARIABLE = "TT_MEMWATCH_TRACER_DIR"


class Tracer(Protocol):
    """What is used of the module `tt_memwatch_tracer`."""

    def start_from_environment(self) -> None: ...
    def start_for_server(self, mode: str) -> bool: ...
    def status(self) -> Any: ...
    def set_context(self, number: int) -> None: ...
    def name_test(self, number: int, test: str | None) -> None: ...
    def mark(self, number: int) -> None: ...
    def head(self) -> int: ...
    def changes(self, device: int) -> list[tuple[int, int, int]] | None: ...
    def check(self) -> str: ...


class Mark(NamedTuple):
    """An instant in the stream of events; `head` is the number of events before it, the mark included."""

    number: int
    head: int


#: A context's number is that of its group times this, plus what counts up within the group, and whether a wider fixture
#: is set up in it. The contexts of one test are one group, and so is the time until the next test; a test that has more
#: contexts than a group has room for goes on in the next group.
CONTEXTS_OF_A_GROUP = 256


class _Numbers:
    """A process has one ring, whose contexts and marks are numbered through all sessions of the process."""

    def __init__(self) -> None:
        self.context = 0
        self.marks = 0
        #: Whoever numbers at present.
        self.owner: weakref.ref[Tracing] | None = None

    def enter(self, *, is_of_fixture: bool) -> None:
        """The number of a context that was never used: the lowest bit says whether a wider fixture is set up in it."""
        self.context = (self.context // 2 + 1) * 2 + is_of_fixture

    def begin_group(self) -> None:
        """What is entered from now on belongs together."""
        self.context = (self.context // CONTEXTS_OF_A_GROUP + 1) * CONTEXTS_OF_A_GROUP - 1


_numbers = _Numbers()


class Tracing:
    """The tracer of this process, once it records; every call is cheap while it does not."""

    def __init__(self, tell: Callable[..., None]) -> None:
        #: Sends a message to the engine: its kind, then its fields by name.
        self._tell = tell
        self._tracer: Tracer | None = None
        self._is_live = False
        #: Node id of the running test, and the one that an allocation server was told last.
        self._test: str | None = None
        self._named: str | None = None

    def start(self, *, for_server: str) -> None:
        """Start where the engine asked for it, or else, by the mode `for_server`, where an allocation server listens.

        That it cannot be had is told to the engine, and to nobody else.
        """
        is_asked_for = bool(os.environ.get(FOLDER_VARIABLE))
        if not is_asked_for and for_server == "off":
            return
        if _numbers.owner is not None and _numbers.owner() is not None:
            self._tell_unavailable("the events of this process belong to the pytest session that runs around this one")
            return
        _numbers.owner = weakref.ref(self)
        try:
            import tt_memwatch_tracer
        except ImportError as error:
            self._tell_unavailable(f"the tracer cannot be imported ({error})")
            return
        if is_asked_for:
            tt_memwatch_tracer.start_from_environment()
        elif not tt_memwatch_tracer.start_for_server(for_server):
            return
        self._tracer = tt_memwatch_tracer

    def stop(self) -> None:
        """The session is over: a later one of this process goes on with the ring."""
        self._tracer = None
        if _numbers.owner is not None and _numbers.owner() is self:
            _numbers.owner = None

    def start_over(self) -> None:
        """In a forked child: the tracer has begun a ring of the child's own."""
        self._is_live = False

    @property
    def is_live(self) -> bool:
        """Whether events are recorded. The first time they are, or cannot be, the engine is told."""
        if not self._is_live and self._tracer is not None:
            status = self._tracer.status()
            if status.state == "live":
                self._is_live = True
                self._tracer.set_context(_numbers.context)
                self._tracer.name_test(_numbers.context, self._named)
                self._tell("tracing", state="live", reason="", ring=status.ring)
            elif status.state == "unavailable":
                self._tell_unavailable(status.reason)
        return self._is_live

    def enter(self, phase: str | None, fixture: dict[str, str] | None = None) -> None:
        """What is allocated from now on belongs to this phase of the running test; None is between tests."""
        if self._tracer is None:
            return
        if phase is None:
            _numbers.begin_group()
        _numbers.enter(is_of_fixture=fixture is not None)
        self._name(None if phase is None or fixture is not None else self._test)
        self._tell(
            "context",
            number=_numbers.context,
            group=_numbers.context // CONTEXTS_OF_A_GROUP,
            phase=phase,
            fixture=fixture,
            atNs=time.monotonic_ns(),
        )
        if self.is_live:
            self._tracer.set_context(_numbers.context)

    def begin_test(self, test: str) -> None:
        """Phases that are entered from now on are those of the test with this node id."""
        self._test = test
        _numbers.begin_group()

    def _name(self, test: str | None) -> None:
        """Tell an allocation server to which test the context belongs that is being entered."""
        if self._tracer is not None and test != self._named:
            self._named = test
            self._tracer.name_test(_numbers.context, test)

    def mark(self) -> Mark | None:
        """Put a mark into the stream of events, for a measurement that is about to be taken."""
        if self._tracer is None or not self.is_live:
            return None
        _numbers.marks += 1
        self._tracer.mark(_numbers.marks)
        return Mark(_numbers.marks, self._tracer.head())

    def events(self) -> int:
        """How many allocations and frees were recorded so far."""
        return self._tracer.head() - _numbers.marks if self._tracer is not None and self._is_live else 0

    def changes(self, device: int) -> list[tuple[int, int, int]] | None:
        """Blocks of a device that changed since this was asked: number of the memory type, address, bytes per bank.

        None where events do not tell.
        """
        return self._tracer.changes(device) if self._tracer is not None and self.is_live else None

    def is_still(self, mark: Mark) -> bool:
        """Whether there was no event since the mark."""
        return self._tracer is not None and self._tracer.head() == mark.head

    def check(self) -> str | None:
        """Why events may have been missed; None if none were. To be asked at the end of each test."""
        return (self._tracer.check() or None) if self._tracer is not None and self._is_live else None

    def _tell_unavailable(self, reason: str) -> None:
        self._tracer = None
        self._tell("tracing", state="unavailable", reason=reason, ring=None)


def untraced() -> Tracing:
    """One that is never started: each look asks the allocator, and the records stay whose they are."""
    return Tracing(lambda kind, **fields: None)

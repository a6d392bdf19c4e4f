"""Live allocation events: tells the tracer which test and phase runs, and the engine where to find what it recorded.

The tracer may be absent, as where there was no compiler: then nothing here does anything, and measurements are all
there is.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from tt_memwatch.clocks import REAL
from tt_memwatch.per_test_lines import CONTEXT_HEADS, NoWriter, Writer, context_line

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


class Teller(Protocol):
    """What is used of `Engine`, to say something to the engine."""

    @property
    def writer(self) -> Writer: ...
    @property
    def hold(self) -> Callable[[str], None]: ...
    def queue(self, kind: str, **fields: Any) -> None: ...


class _Nobody:
    """Hears nothing."""

    writer = NoWriter()

    def hold(self, line: str) -> None:
        pass

    def queue(self, kind: str, **fields: Any) -> None:
        pass


class Mark(NamedTuple):
    """An instant in the stream of events; `head` is the number of events before it, the mark included."""

    number: int
    head: int


#: A context's number is that of its group times this, plus what counts up within the group, and in the lowest bit
#: whether a wider fixture is set up in it. The contexts of one test are one group, and so is the time until the next
#: test; a test that has more contexts than a group has room for goes on in the next group.
CONTEXTS_OF_A_GROUP = 256

#: What is entered after this number of a group is in the next.
_LAST_OF_A_GROUP = CONTEXTS_OF_A_GROUP - 1

#: Numbers of a group that are left for phases and fixtures: what a test has live is added up by group, so subtests
#: beyond share one context.
_RESERVED = 64

#: Between the names of a subtest and the one within.
_SEPARATOR = " > "


class _Numbers:
    """A process has one ring, whose contexts and marks are numbered through all sessions of the process."""

    def __init__(self) -> None:
        self.context = 0
        self.marks = 0
        #: Whoever numbers at present.
        self.owner: weakref.ref[Tracing] | None = None

    def room(self) -> int:
        """Numbers that are left of the group."""
        return CONTEXTS_OF_A_GROUP - 1 - self.context % CONTEXTS_OF_A_GROUP


_numbers = _Numbers()


class Tracing:
    """The tracer of this process, once it records; every call is cheap while it does not."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._tracer: Tracer | None = None
        self._is_live = False
        #: Node id of the running test, and the one that an allocation server heard of last.
        self._test: str | None = None
        self._named: str | None = None
        #: Subtests that run, outermost first, each with what ends it.
        self._subtests: list[tuple[int, str]] = []
        #: The phase that was entered last; None: a wider fixture is set up, or no test runs.
        self._phase: str | None = None
        #: The contexts of that phase, by how many subtests were around.
        self._contexts: dict[int, int] = {}
        #: The context of all subtests for which the group has no room.
        self._later: int | None = None
        #: The number of what is entered at present.
        self._context = _numbers.context

    def start(self, *, for_server: str) -> None:
        """Start where the engine asked for it, or else, by the mode `for_server`, where an allocation server listens.

        The engine hears that it cannot be had, and nobody else.
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
        self._context = _numbers.context

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
        """Whether events are recorded. The first time they are, or cannot be, the engine hears of it."""
        if not self._is_live and self._tracer is not None:
            status = self._tracer.status()
            if status.state == "live":
                self._is_live = True
                self._tracer.set_context(self._context)
                self._tracer.name_test(self._context, self._named)
                self._teller.queue("tracing", state="live", reason="", ring=status.ring)
            elif status.state == "unavailable":
                self._tell_unavailable(status.reason)
        return self._is_live

    def enter(self, phase: str | None) -> None:
        """What is allocated from now on belongs to this phase of the running test; None is between tests.

        Called four times a test: what it calls in turn takes longer than what it does.
        """
        tracer, numbers = self._tracer, _numbers
        if tracer is None:
            return
        if phase is None:
            numbers.context |= _LAST_OF_A_GROUP
            self._subtests.clear()
        self._phase, self._later = phase, None
        if self._subtests:
            self._contexts = {}
            self._enter(phase, None, self._subtest())
            return
        number = self._context = numbers.context = (numbers.context | 1) + 1
        self._contexts = {0: number}
        is_short = self._is_live and self._named is None
        if is_short and self._teller.writer.enter(CONTEXT_HEADS[phase], number, phase == "setup"):
            return
        test = self._test if phase is not None else None
        if test != self._named:
            self._name(test)
        self._teller.hold(context_line(phase, number, number // CONTEXTS_OF_A_GROUP, REAL.monotonic_ns()))
        if self._is_live or self.is_live:
            tracer.set_context(number)

    def enter_fixture(self, fixture: dict[str, str]) -> None:
        """What is allocated from now on belongs to this wider fixture, which is being set up."""
        self._phase, self._later, self._contexts = None, None, {}
        self._enter("fixture", fixture, None)

    def _subtest(self) -> str | None:
        return _SEPARATOR.join(name for _, name in self._subtests) or None

    def _enter(self, phase: str | None, fixture: dict[str, str] | None, subtest: str | None) -> None:
        if self._tracer is None:
            return
        # The next that has the lowest bit right: it was never used.
        number = self._context = _numbers.context = (_numbers.context | 1) + 1 + (fixture is not None)
        self._contexts[len(self._subtests)] = number
        test = None if phase is None or fixture is not None else self._test
        if test != self._named:
            self._name(test)
        group, at_ns = number // CONTEXTS_OF_A_GROUP, REAL.monotonic_ns()
        more = {} if subtest is None else {"subtest": subtest}
        self._teller.queue("context", number=number, group=group, phase=phase, fixture=fixture, **more, atNs=at_ns)
        if self.is_live:
            self._tracer.set_context(number)

    @property
    def is_followed(self) -> bool:
        """Whether anybody wants to know what runs."""
        return self._tracer is not None

    def begin_subtest(self, number: int, name: str) -> None:
        """What the test's phase allocates from now on is of this subtest. `number` is its own while it runs."""
        self._subtests.append((number, name))
        if self._phase is None:
            return
        if _numbers.room() > _RESERVED:
            self._enter(self._phase, None, self._subtest())
        elif self._later is not None:
            self._go_back_to(self._later)
        else:
            self._enter(self._phase, None, "(one of the later subtests)")
            self._later = self._context

    def end_subtest(self, number: int) -> None:
        """Nothing happens where it did not begin, or was over with its test."""
        remaining = [each for each in self._subtests if each[0] != number]
        if len(remaining) < len(self._subtests):
            is_innermost = remaining == self._subtests[:-1]
            self._subtests = remaining
            if self._phase is not None:
                self._go_back_to(self._contexts.get(len(remaining)) if is_innermost else None)

    def _go_back_to(self, context: int | None) -> None:
        """What was entered before goes on; None: it was not."""
        if context is None:
            self._enter(self._phase, None, self._subtest())
        elif self._tracer is not None:
            self._context = context
            if self.is_live:
                self._tracer.set_context(context)

    def begin_test(self, test: str) -> None:
        """Phases that are entered from now on are those of the test with this node id: its setup is."""
        self._test = test
        self._subtests.clear()
        _numbers.context |= _LAST_OF_A_GROUP
        self.enter("setup")

    def _name(self, test: str | None) -> None:
        """Tell an allocation server to which test the context belongs that is being entered."""
        self._named = test
        if self._tracer is not None:
            self._tracer.name_test(_numbers.context, test)

    def mark(self) -> Mark | None:
        """Put a mark into the stream of events, for a measurement that is about to be taken."""
        if self._tracer is None or not self.is_live:
            return None
        _numbers.marks += 1
        self._tracer.mark(_numbers.marks)
        return Mark(_numbers.marks, self._tracer.head())

    def recorded(self) -> int | None:
        """How many allocations and frees were recorded so far; None: they are not recorded, as far as is known."""
        return self._tracer.head() - _numbers.marks if self._is_live and self._tracer is not None else None

    def changes(self, device: int) -> list[tuple[int, int, int]] | None:
        """Blocks of a device that changed since this was asked: number of the memory type, address, bytes per bank.

        None where events do not say.
        """
        return self._tracer.changes(device) if self._tracer is not None and (self._is_live or self.is_live) else None

    def is_still(self, mark: Mark) -> bool:
        """Whether there was no event since the mark."""
        return self._tracer is not None and self._tracer.head() == mark.head

    def check(self) -> str | None:
        """Why events may have been missed; None if none were. To be asked at the end of each test."""
        return (self._tracer.check() or None) if self._tracer is not None and self._is_live else None

    def _tell_unavailable(self, reason: str) -> None:
        self._tracer = None
        self._teller.queue("tracing", state="unavailable", reason=reason, ring=None)


def untraced() -> Tracing:
    """One that is never started: each look asks the allocator, and the records stay whose they are."""
    return Tracing(_Nobody())

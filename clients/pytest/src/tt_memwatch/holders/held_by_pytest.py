"""What pytest itself keeps of a test that is over, beyond the moment at which its memory is measured.

It is the suite's to see, so nothing is taken away: tensors are found that go when pytest lets go. Only the frames of a
failure are emptied, and only once it is reported.
"""

from __future__ import annotations

import gc
import sys
import unittest
from collections.abc import Iterable, Iterator, Sequence
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from operator import attrgetter
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType, TracebackType
from typing import Any

import pytest
from _pytest.fixtures import FixtureDef
from _pytest.runner import SetupState

from tt_memwatch.holders.frames import locals_of
from tt_memwatch.holders.trial_deletion import only_held_by
from tt_memwatch.holders.wanted import kinds_that_hold_buffers


def buffers_pytest_keeps(item: pytest.Item, ended_fixtures: Iterable[str]) -> list[Any]:
    """Tensors and other objects with buffers that only pytest's own books of the test hold, until its protocol is over.

    Those are the values of fixtures that are over, captured log records, and a unittest instance.
    """
    values = getattr(item, "funcargs", None) or {}
    names = [(values, name) for name in ended_fixtures if name in values]
    return _only_held_by([*_log_records(item), *_unittest_instance(item)], names)


def buffers_failures_keep(failures: Sequence[BaseException]) -> list[Any]:
    """The same that nothing but the exceptions of a failed test hold: by arguments, attributes, and what frames ran."""
    errors = [error for failure in failures for error in _chain(failure)]
    tracebacks = [tb for error in errors for tb in _tracebacks(error)]
    return _only_held_by([*errors, *tracebacks, *_finished_frames(tracebacks).values()], [])


def _only_held_by(roots: Sequence[object], counted: Sequence[tuple[dict[str, Any], str]]) -> list[Any]:
    kinds = kinds_that_hold_buffers()
    return only_held_by(roots, counted, kinds) if kinds and (roots or counted) else []


def failures_in_teardown() -> list[BaseException]:
    """Exceptions of finalizers that ran before the one we are called from: pytest raises them when all have run."""
    found: list[BaseException] = []
    for frame in _outward(sys._getframe()):
        if frame.f_code in _COLLECT_EXCEPTIONS:
            for _, value in locals_of(frame):
                values = value if type(value) is list else [value]
                found += [error for error in values if issubclass(type(error), BaseException)]
    return found


def _code_of(function: object) -> CodeType | None:
    return getattr(function, "__code__", None)


#: Functions of pytest's that run finalizers and keep what these raise.
_COLLECT_EXCEPTIONS = frozenset({_code_of(SetupState.teardown_exact), _code_of(FixtureDef.finish)})


def empty_frames(failures: Sequence[BaseException]) -> bool:
    """Drop the locals of the frames that the exceptions' tracebacks keep, and of the finished ones that called them.

    The tracebacks stay, with file, line and function of each entry. Frames with `__tracebackhide__` stay as they are:
    without it, a traceback that is shown once more shows their entries. Gives whether there was any frame to empty.
    """
    tracebacks = [tb for failure in failures for error in _chain(failure) for tb in _tracebacks(error)]
    frames = _finished_frames(tracebacks)
    suspended = _suspended(frames.values())
    emptied = [_empty(frame) for key, frame in frames.items() if key not in suspended and not _can_hide(frame)]
    return any(emptied)


def _can_hide(frame: FrameType) -> bool:
    return "__tracebackhide__" in frame.f_code.co_varnames


def _tracebacks(error: BaseException) -> Iterator[TracebackType]:
    tb = error.__traceback__
    while tb is not None:
        yield tb
        tb = tb.tb_next


def _finished_frames(tracebacks: Iterable[TracebackType]) -> dict[int, FrameType]:
    """The tracebacks' frames and those that called them, by identity, without those that run."""
    running = {id(frame) for frame in _outward(sys._getframe())}
    frames: dict[int, FrameType] = {}
    for tb in tracebacks:
        for frame in _outward(tb.tb_frame):
            if id(frame) in running or id(frame) in frames:
                break
            frames[id(frame)] = frame
    return frames


def _outward(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _empty(frame: FrameType) -> bool:
    try:
        frame.clear()
    except RuntimeError:
        return False  # still running
    # Up to CPython 3.12 a frame whose `f_locals` was read keeps a copy of its locals until it is read again.
    _ = frame.f_locals
    return True


def _suspended(frames: Iterable[FrameType]) -> set[int]:
    """Frames of generators and coroutines that can still go on: emptying one would end it."""
    flags = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR
    unsure = [frame for frame in frames if frame.f_code.co_flags & flags]
    if not unsure:
        return set()
    referrers = gc.get_referrers(*unsure)
    return {id(frame_of(referrer)) for kind, frame_of in _FRAMES for referrer in referrers if type(referrer) is kind}


#: What can be suspended, and how it gives its frame.
_FRAMES = (
    (GeneratorType, attrgetter("gi_frame")),
    (CoroutineType, attrgetter("cr_frame")),
    (AsyncGeneratorType, attrgetter("ag_frame")),
)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, those it came from, and those it groups."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        one = pending.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            pending += [one.__cause__, one.__context__, *_grouped(one)]


def _grouped(error: BaseException) -> Iterable[BaseException]:
    """The exceptions of a group, of Python's own kind or of the backport that pytest uses before Python 3.11."""
    names = [kind.__name__ for kind in type(error).__mro__]
    return error.exceptions if "BaseExceptionGroup" in names else ()  # type: ignore[attr-defined]


def _log_records(item: pytest.Item) -> list[object]:
    """The lists of captured records: pytest forgets them when the test's teardown is over."""
    try:
        from _pytest.logging import caplog_records_key
    except ImportError:
        return []
    return [*item.stash.get(caplog_records_key, {}).values()]


def _unittest_instance(item: pytest.Item) -> list[object]:
    """It goes with its test. pytest keeps the instance of a plain test class for as long as the test itself."""
    instance = vars(item).get("_instance")
    instance = instance if instance is not None else vars(item).get("_testcase")
    return [instance] if issubclass(type(instance), unittest.TestCase) else []

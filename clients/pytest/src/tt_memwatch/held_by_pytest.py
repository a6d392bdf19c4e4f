"""What pytest and its plugins keep of a test that is over, beyond the moment at which its memory is measured."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Iterator, Sequence
from logging import LogRecord
from types import FrameType
from typing import Any

import pytest

_LAST_EXCEPTION = ("last_type", "last_value", "last_traceback", "last_exc")


def drop_log_arguments(item: pytest.Item) -> int:
    """Replace captured log records' arguments by the text they gave, as `logging.handlers.QueueHandler` does.

    pytest keeps the records of all phases until the test's teardown is over. Gives how many had any.
    """
    dropped = 0
    for record in _log_records(item):
        if not record.args and record.exc_info is None:
            continue
        dropped += 1
        try:
            record.msg, record.args = record.getMessage(), None
        except Exception:
            continue  # a message that does not fit its arguments: pytest has shown that already
        record.exc_info = None
    return dropped


def drop_unittest_tensors(item: pytest.Item) -> int:
    """Take tensors out of a unittest instance, where they are an attribute or in a container that is one.

    The instance goes with its test, but only after the test's own device is closed; then nothing could use them. Gives
    how many attributes went.
    """
    kind = getattr(sys.modules.get("ttnn"), "Tensor", None)
    instance = getattr(item, "instance", None)
    if kind is None or not isinstance(instance, unittest.TestCase):
        return 0
    dropped = 0
    for name, value in list(vars(instance).items()):
        values = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple, set)) else ()
        if isinstance(value, kind) or any(isinstance(part, kind) for part in values):
            delattr(instance, name)
            dropped += 1
    return dropped


def drop_failures(item: pytest.Item, failures: Sequence[pytest.ExceptionInfo[BaseException]]) -> None:
    """Drop what keeps a failed test's tensors alive; it has been reported.

    Python keeps the last exception; pytest and its plugins keep the failure in places of their own, so its tracebacks
    are emptied and cut off, and those of the exceptions it came from.
    """
    for name in _LAST_EXCEPTION:
        sys.__dict__.pop(name, None)
    for failure in failures:
        for error in _chain(failure.value):
            tb = error.__traceback__
            while tb is not None:
                _empty_frames(tb.tb_frame)
                tb = tb.tb_next
            error.__traceback__ = None
        failure._excinfo = (failure.type, failure.value, None)  # type: ignore[assignment]
        failure._traceback = None
    _drop_rerun_conditions(item)


def _log_records(item: pytest.Item) -> Iterator[LogRecord]:
    try:
        from _pytest.logging import caplog_records_key

        phases = item.stash.get(caplog_records_key, {})
    except (ImportError, AttributeError):
        return
    for records in phases.values():
        yield from records


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, those it came from, and those it groups."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        one = pending.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            pending += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]


def _empty_frames(frame: FrameType | None) -> None:
    """Drop the locals of a finished frame and of the finished ones that called it.

    Up to CPython 3.12 a frame whose `f_locals` was read keeps a copy of its locals until it is read again.
    """
    while frame is not None:
        try:
            frame.clear()
        except RuntimeError:
            return  # still running, and so are its callers
        _ = frame.f_locals
        frame = frame.f_back


def _drop_rerun_conditions(item: Any) -> None:
    """pytest-rerunfailures keeps failures for its conditions, and for ever where nothing is to be rerun."""
    is_rerun = item.config.getoption("reruns", None) or item.get_closest_marker("flaky")
    if not is_rerun:
        vars(item).get("_rerun_condition_excinfos", {}).clear()

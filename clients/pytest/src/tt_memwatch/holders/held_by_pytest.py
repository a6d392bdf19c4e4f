"""What pytest itself keeps of a test that is over, beyond the moment at which its memory is measured.

It is the suite's to see, so nothing is taken away: tensors are found that go when pytest lets go.
"""

from __future__ import annotations

import sys
import unittest
from collections.abc import Iterable, Sequence
from types import CodeType
from typing import Any

import pytest
from _pytest.fixtures import FixtureDef
from _pytest.runner import SetupState

from tt_memwatch.holders.failed_frames import exceptions_of, finished_frames, outward, tracebacks_of
from tt_memwatch.holders.frames import locals_of
from tt_memwatch.holders.trial_deletion import only_held_by
from tt_memwatch.holders.wanted_buffers import kinds_that_hold_buffers
from tt_memwatch.suite_cleaning_hook import registered


def buffers_pytest_keeps(item: pytest.Item, ended_fixtures: Iterable[str]) -> list[Any]:
    """Tensors and other objects with buffers that only pytest's own books of the test hold, until its protocol is over.

    Those are the values of fixtures that are over, captured log records, a unittest instance, and functions that are to
    be called before a later look.
    """
    values = getattr(item, "funcargs", None) or {}
    names = [(values, name) for name in dict.fromkeys(ended_fixtures) if name in values]
    return _only_held_by([*_log_records(item), *_unittest_instance(item), *registered(item)], names)


def buffers_failures_keep(failures: Sequence[BaseException]) -> list[Any]:
    """The same that nothing but the exceptions of a failed test hold: by arguments, attributes, and what frames ran."""
    errors = [error for failure in failures for error in exceptions_of(failure)]
    tracebacks = [tb for error in errors for tb in tracebacks_of(error)]
    return _only_held_by([*errors, *tracebacks, *finished_frames(tracebacks).values()], [])


def _only_held_by(roots: Sequence[object], counted: Sequence[tuple[dict[str, Any], str]]) -> list[Any]:
    kinds = kinds_that_hold_buffers()
    return only_held_by(roots, counted, kinds) if kinds and (roots or counted) else []


def failures_in_teardown() -> list[BaseException]:
    """Exceptions of finalizers that ran before the one we are called from: pytest raises them when all have run."""
    found: list[BaseException] = []
    for frame in outward(sys._getframe()):
        if frame.f_code in _COLLECT_EXCEPTIONS:
            for _, value in locals_of(frame):
                values = value if type(value) is list else [value]
                found += [error for error in values if issubclass(type(error), BaseException)]
        # Python makes an object of each frame that is looked at, and most of pytest's are further out.
        if frame.f_code is _TEARS_DOWN:
            break
    return found


def _code_of(function: object) -> CodeType | None:
    return getattr(function, "__code__", None)


#: Functions of pytest's that run finalizers and keep what these raise; the first of them calls the other one.
_TEARS_DOWN = _code_of(SetupState.teardown_exact)
_COLLECT_EXCEPTIONS = frozenset({_TEARS_DOWN, _code_of(FixtureDef.finish)})


def _log_records(item: pytest.Item) -> list[object]:
    """The lists of captured records, if any were: pytest forgets them when the test's teardown is over."""
    try:
        from _pytest.logging import caplog_records_key
    except ImportError:
        return []
    return [records for records in item.stash.get(caplog_records_key, {}).values() if records]


def _unittest_instance(item: pytest.Item) -> list[object]:
    """It goes with its test. pytest keeps the instance of a plain test class for as long as the test itself."""
    instance = vars(item).get("_instance")
    instance = instance if instance is not None else vars(item).get("_testcase")
    return [instance] if issubclass(type(instance), unittest.TestCase) else []

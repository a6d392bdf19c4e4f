"""Repeats a test that left device memory behind, to see whether it grows each time or was kept once.

The repeats run in the same process, after the test's own outcome was reported, while the fixtures of wider scope that
it used are still there: what is torn down with the last test that needs them waits until the repeats are over. Nothing
of a repeat is reported but what was measured in it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tt_memwatch.in_progress import TestInProgress
from tt_memwatch.log import logger
from tt_memwatch.silence import silence
from tt_memwatch.watch import Watch

#: A test that takes longer, without its setup, is not repeated.
MAX_DURATION_S = 10.0


class Confirmation:
    """What pytest calls around each test where repeats were asked for."""

    def __init__(self, watch: Watch, repeats: int) -> None:
        self._watch = watch
        self._repeats = repeats
        self._tear_down: Callable[[pytest.Item | None], None] = lambda nextitem: None
        #: The test that has just run is to be repeated, and its wider fixtures wait for that.
        self._is_held = False
        #: What comes after it, as pytest said when it tore the test down.
        self._next: pytest.Item | None = None
        #: The process in which pytest began with the test.
        self._pid = os.getpid()
        #: Instances of test classes, which pytest keeps for as long as it keeps the test: a repeat gets one of its own.
        self._instances: list[object] = []

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        state: Any = session._setupstate
        self._tear_down = state.teardown_exact
        state.teardown_exact = self._tear_down_and_hold

    def _tear_down_and_hold(self, nextitem: pytest.Item | None) -> None:
        """What pytest calls at the end of a test: its own fixtures end now, wider ones may have to wait."""
        test = self._watch.test
        if test is None or test.repeat > 0:
            self._tear_down(nextitem)
            return
        try:
            self._tear_down(_parent(test.item))
            self._is_held, self._next = self._is_worth_repeating(test), nextitem
        finally:
            if not self._is_held:
                self._tear_down(nextitem)

    def _is_worth_repeating(self, test: TestInProgress) -> bool:
        return (
            self._watch.measured.engine.connected
            and not self._watch.interrupted
            and not test.options.unsafe
            # What cannot be read may say that it is.
            and not test.options.faults
            and bool(test.excess())
            and test.run_s() < MAX_DURATION_S
            and not test.item.config.getoption("usepdb", False)
        )

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
        self._pid = os.getpid()
        yield
        if self._is_held:
            report = self._repeat_and_end(item, nextitem)
            if report is not None:
                item.ihook.pytest_runtest_logreport(report=report)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Generator[None, Any, None]:
        """A child that was forked for the test ends before pytest's protocol does: it repeats the test here."""
        outcome = yield
        if call.when != "teardown" or not self._is_held or os.getpid() == self._pid:
            return
        _end_request(item)
        report = self._repeat_and_end(item, self._next)
        if report is not None:
            outcome.force_result(report)

    def _repeat_and_end(self, item: pytest.Item, nextitem: pytest.Item | None) -> pytest.TestReport | None:
        """Repeat the test, then end what waited for that. Gives the report of an error in the latter."""
        self._is_held = False
        try:
            self._repeat(item)
        except pytest.exit.Exception as end:
            item.session.shouldstop = str(end)
        except Exception as error:
            logger().warning(f"tt-memwatch could not repeat {item.nodeid}: {type(error).__name__}: {error}")
        finally:
            self._watch.repeat = 0
        return self._end_wider_fixtures(item, nextitem)

    def _repeat(self, item: pytest.Item) -> None:
        for number in range(1, self._repeats + 1):
            if item.session.shouldstop or item.session.shouldfail:
                break
            self._watch.repeat = number
            self._instances += [vars(item).pop(name, None) for name in ("_obj", "_instance")]
            with silence(item):
                runtestprotocol(item, log=False, nextitem=_parent(item))

    def pytest_sessionfinish(self) -> None:
        self._instances.clear()

    def _end_wider_fixtures(self, item: pytest.Item, nextitem: pytest.Item | None) -> pytest.TestReport | None:
        """Tear down what waited. An error in it is the test's, as it is where nothing is repeated."""
        interrupts = (KeyboardInterrupt,) if not item.config.getoption("usepdb", False) else ()
        reraise = (pytest.exit.Exception, *interrupts)
        call = pytest.CallInfo.from_call(lambda: self._tear_down(nextitem), when="teardown", reraise=reraise)
        if call.excinfo is None:
            return None
        report: pytest.TestReport = item.ihook.pytest_runtest_makereport(item=item, call=call)
        return report


def _end_request(item: Any) -> None:
    """What pytest does at the end of a test: without it, the next run of the test gets the values of this one."""
    if hasattr(item, "_request"):
        item._request, item.funcargs = False, None


def _parent(item: pytest.Item) -> Any:
    """What stands for the next item where all that is wider than this one is to stay: only its chain is asked for."""
    return item.parent

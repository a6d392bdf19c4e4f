"""Repeats a test that left device memory behind: to see whether it grows each time or was kept once, or to warm it up.

Where a test warms up, its own run is the first that does, and a repeat is the run that counts: pytest's results, and
all that a suite prints, are those of the first run, whatever the later ones do.

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

from tt_memwatch.log import logger
from tt_memwatch.marker import asks_for_warm_up
from tt_memwatch.running_test import TestInProgress
from tt_memwatch.silent_repeats import silence
from tt_memwatch.watch import Watch

#: Judges a test by what it left, in the report of its teardown.
Judge = Callable[[TestInProgress, pytest.TestReport], None]

#: A test that takes longer, without its setup, is not repeated.
DURATION_S_MAX = 10.0


class Confirmation:
    """What pytest calls around each test where repeats were asked for."""

    def __init__(self, watch: Watch, repeats: int, judge: Judge | None) -> None:
        self._watch = watch
        self._repeats = repeats
        #: Fails a test for what it left, in the report of its teardown; None where no test is to fail.
        self._judge = judge
        self._tear_down: Callable[[pytest.Item | None], None] = lambda nextitem: None
        #: The test that has just run is to be repeated, and its wider fixtures wait for that.
        self._is_held = False
        #: What comes after it, as pytest said when it tore the test down.
        self._next: pytest.Item | None = None
        #: The process in which pytest began with the test.
        self._pid = os.getpid()
        #: Instances of test classes, which pytest keeps for as long as it keeps the test: a repeat gets one of its own.
        self._instances: list[object] = []
        #: The run of the last test that counts, after those that warmed it up.
        self._warm: TestInProgress | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.begin(session)

    def begin(self, session: pytest.Session) -> None:
        """Hear of the end of each test from now on."""
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
            self._is_held, self._next = self._is_to_be_repeated(test), nextitem
            self._watch.is_judged_later = self._is_held and self._counts_later(test)
        except Exception:
            self._tell_not_repeated("its teardown failed")
            raise
        finally:
            if not self._is_held:
                self._tear_down(nextitem)

    def _is_to_be_repeated(self, test: TestInProgress) -> bool:
        is_wanted = self._runs_of(test) > 0 and bool(test.excess()) and not self._watch.interrupted
        if not is_wanted:
            return False
        problem = _problem_of(test)
        if problem is not None:
            if test.warm_up > 0:
                self._watch.measured.engine.queue("not-warmed-up", reason=problem)
            self._tell_not_repeated(problem)
        return problem is None

    def _tell_not_repeated(self, reason: str) -> None:
        if self._repeats > 0:
            self._watch.measured.engine.queue("not-repeated", reason=reason)

    def _runs_of(self, test: TestInProgress) -> int:
        """How often to run it again. Without an engine only `_judge` asks, and only for what a warm run left."""
        if self._watch.measured.engine.connected:
            return test.warm_up + self._repeats
        return test.warm_up if self._judge is not None else 0

    def _counts_later(self, test: TestInProgress) -> bool:
        """Whether a run that is yet to come decides if the test fails."""
        return self._judge is not None and test.warm_up > 0

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
        """A child that was forked for the test ends before pytest's protocol does: it repeats the test here.

        So does a test whose repeat decides whether it fails: its report says that.
        """
        outcome = yield
        if call.when != "teardown" or not self._is_held:
            return
        own = self._watch.ended
        is_judged_later, self._watch.is_judged_later = self._watch.is_judged_later, False
        if not is_judged_later and os.getpid() == self._pid:
            return
        _end_request(item)
        report = self._repeat_and_end(item, self._next)
        if report is not None:
            outcome.force_result(report)
        if is_judged_later and self._judge is not None and own is not None and outcome.excinfo is None:
            self._judge(self._counted(own), outcome.get_result())

    def _counted(self, own: TestInProgress) -> TestInProgress:
        """The run whose growth is the test's: its own, where the later one did not end as that did."""
        later = self._warm
        return later if later is not None and later.outcome == own.outcome else own

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
        test = self._watch.ended
        self._warm = None
        for number in range(1, (self._runs_of(test) if test is not None else 0) + 1):
            if item.session.shouldstop or item.session.shouldfail:
                break
            self._watch.repeat = number
            self._instances += [vars(item).pop(name, None) for name in ("_obj", "_instance")]
            with silence(item):
                runtestprotocol(item, log=False, nextitem=_parent(item))
            if test is not None and number == test.warm_up:
                self._warm = self._watch.ended
                if self._warm is None or self._has_settled(self._warm, test):
                    break

    def _has_settled(self, warm: TestInProgress, own: TestInProgress) -> bool:
        """Whether a test left nothing once it was warm, so that there is nothing to confirm."""
        return warm.outcome == own.outcome and not warm.excess()

    def pytest_sessionfinish(self) -> None:
        self._instances.clear()
        self._warm = self._watch.ended = None

    def _end_wider_fixtures(self, item: pytest.Item, nextitem: pytest.Item | None) -> pytest.TestReport | None:
        """Tear down what waited. An error in it is the test's, as it is where nothing is repeated."""
        interrupts = (KeyboardInterrupt,) if not item.config.getoption("usepdb", False) else ()
        reraise = (pytest.exit.Exception, *interrupts)
        call = pytest.CallInfo.from_call(lambda: self._tear_down(nextitem), when="teardown", reraise=reraise)
        if call.excinfo is None:
            return None
        report: pytest.TestReport = item.ihook.pytest_runtest_makereport(item=item, call=call)
        return report


class ForMarkers:
    """Has tests repeated where a marker among those that were collected asks for it."""

    def __init__(self, confirmation: Confirmation) -> None:
        self._confirmation = confirmation

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if any(asks_for_warm_up(item) for item in session.items):
            self._confirmation.begin(session)
            session.config.pluginmanager.register(self._confirmation, "tt_memwatch.confirmation_of_markers")


def _problem_of(test: TestInProgress) -> str | None:
    """Why a test must not be run again; None: it may."""
    if test.options.unsafe:
        return "its marker says that it must not run again (unsafe=True)"
    # What cannot be read may say that it must not.
    if test.options.faults:
        return "its marker cannot be read"
    if test.run_s() >= DURATION_S_MAX:
        return f"it takes more than {DURATION_S_MAX:.0f} s"
    return "pytest runs with --pdb" if test.item.config.getoption("usepdb", False) else None


def _end_request(item: Any) -> None:
    """What pytest does at the end of a test: without it, the next run of the test gets the values of this one."""
    if hasattr(item, "_request"):
        item._request, item.funcargs = False, None


def _parent(item: pytest.Item) -> Any:
    """What stands for the next item where all that is wider than this one is to stay: only its chain is asked for."""
    return item.parent

"""The hooks that pytest calls while tests run: they note what it does and leave everything else to `Watch`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any

import pytest

from tt_memwatch import __version__, options
from tt_memwatch.devices.mesh_device import MeshDevice
from tt_memwatch.earlier_system import is_cleanup_fixture
from tt_memwatch.fixtures import do_wider_fixtures_end
from tt_memwatch.growth_words import in_words
from tt_memwatch.hello import paths_of
from tt_memwatch.limits import Limits
from tt_memwatch.log import logger
from tt_memwatch.marker import TestOptions, has_marker, place_of, test_options
from tt_memwatch.node_ids import ids_of
from tt_memwatch.old_names import OldNames
from tt_memwatch.origins import explain
from tt_memwatch.running_test import TestInProgress, outcome_of
from tt_memwatch.ungraded import UngradedGrowth
from tt_memwatch.watch import REASON_MAX, Watch

#: Whether pluggy has wrappers that are generators and no more: those that any pluggy has take twice as long.
_HAS_WRAPPERS = "wrapper" in inspect.signature(pytest.hookimpl).parameters


class Hooks:
    """What pytest calls while tests run. Registered once the configuration is known to be right."""

    def __init__(self, config: pytest.Config, watch: Watch, limits: Limits) -> None:
        self._config = config
        self._watch = watch
        self._unmarked = TestOptions(limits)
        self._fails = options.fails_tests(config)
        self._attempts: dict[str, int] = {}
        #: Of the tests that were collected, by pytest's name for them: node id, that of its code, and place in the run.
        self._places: dict[str, tuple[str, str, int]] = {}
        self._fault: str | None = None
        self._old_names = OldNames(watch.measured.engine)
        for old_name in options.old_names(config):
            self._old_names.note(old_name)
        self._exit_status = 0
        #: What each test left, where no engine is there to judge.
        self.growth = UngradedGrowth()

    def note_fault(self, error: Exception) -> None:
        if self._fault is None:
            self._fault = f"{type(error).__name__}: {error}"
            logger().warning(f"tt-memwatch could not measure: {self._fault}")
        if self._watch.test is not None:
            self._watch.not_checked(f"measuring failed: {type(error).__name__}: {error}"[:REASON_MAX])

    # ── the session ─────────────────────────────────────────────────────────────────────────────────────────────────

    def pytest_report_header(self) -> list[str]:
        """Says why nothing is graded. An engine reports by itself, and suites read pytest's output."""
        engine = self._watch.measured.engine
        if engine.connected:
            return []
        return [
            f"tt-memwatch: {__version__}, clear={self._watch.clear}, not graded ({engine.problem})",
            *self._old_names.take_sentences(),
        ]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._guarded(self._watch.measured.look_everywhere, "open")
        self._places = {item.nodeid: (*ids_of(item), index) for index, item in enumerate(session.items)}
        self._watch.measured.engine.queue("collected", tests=len(session.items), paths=paths_of(session.config))
        if self._watch.capture is not None and len(session.items) > explain.TESTS_MAX:
            raise pytest.UsageError(
                f"memwatch_explain records all that happens inside of operations, for up to {explain.TESTS_MAX} tests: "
                f"name those you want to look into, these are {len(session.items)}"
            )

    def pytest_keyboard_interrupt(self) -> None:
        self._guarded(self._watch.interrupt)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self._exit_status = int(exitstatus)
        self._guarded(self._watch.end_session)
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output["memwatch"] = (self.growth.tests, self.growth.bad_marks)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        tests, bad_marks = getattr(node, "workeroutput", {}).get("memwatch", ({}, {}))
        self.growth.tests.update(tests)
        self.growth.bad_marks.update(bad_marks)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not self._watch.measured.engine.connected:
            self.growth.write(terminalreporter, self._watch.measured.engine.problem)
            for sentence in self._old_names.take_sentences():
                terminalreporter.line(sentence)

    def pytest_unconfigure(self) -> None:
        self._watch.measured.open_devices.listeners.remove(self)
        self._watch.measured.origins.restore()
        self._watch.measured.tracing.stop()
        self._watch.measured.engine.close(self._exit_status)

    # ── one test ────────────────────────────────────────────────────────────────────────────────────────────────────

    # No wrappers: each of those is a frame more in the traceback of what a test raises. And none of `_guarded`, which
    # is a call more in each phase of each test.

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        try:
            if self._watch.measured.engine.is_left:
                self._watch.begin_in_fork()
            name, base, index = self._places.get(item.nodeid) or self._place_of(item)
            attempt = self._attempts[name] = self._attempts.get(name, 0) + 1
            if has_marker(item):
                self._begin_marked(item, name, attempt, base, index)
            else:
                self._watch.begin_test(item, name, attempt, self._unmarked, base, index)
        except Exception as error:
            self.note_fault(error)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self) -> None:
        try:
            self._watch.begin_call()
        except Exception as error:
            self.note_fault(error)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        try:
            self._watch.end_call()
        except Exception as error:
            self.note_fault(error)
        try:
            # Devices that outlive the test are measured when its own fixtures are over and wider ones are not. The
            # finalizers of an item run last in, first out, and those of wider nodes after them.
            finalizers, _ = item.session._setupstate.stack.get(item, ([], None))
            finalizers.insert(0, functools.partial(self._conclude, item, nextitem))
        except Exception as error:
            self.note_fault(error)

    if _HAS_WRAPPERS:

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Generator[None, Any, Any]:
            report = yield
            try:
                # Of most phases there is nothing to hear.
                is_plain = call.excinfo is None and report.outcome == "passed" and not hasattr(report, "wasxfail")
                if not is_plain or call.when == "teardown":
                    self._hear_report(item, report, call)
            except Exception as error:
                self.note_fault(error)
            return report

    else:

        @pytest.hookimpl(hookwrapper=True, tryfirst=True)
        def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Generator[None, Any, Any]:
            outcome = yield
            try:
                if outcome.excinfo is None:
                    self._hear_report(item, outcome.get_result(), call)
            except Exception as error:
                self.note_fault(error)

    def _hear_report(self, item: pytest.Item, report: pytest.TestReport, call: Any) -> None:
        test = self._watch.test
        if test is None or test.item is not item:
            return
        if call.excinfo is not None:
            self._note_failure(test, call.excinfo)
        if test.outcome == "passed" and (report.outcome != "passed" or hasattr(report, "wasxfail")):
            test.outcome = outcome_of(report)
        if report.when == "teardown":
            self._watch.teardown_reported()
            if test.repeat == 0 and not self._watch.is_judged_later:
                self.judge(test, report)
            self._watch.end_test()

    def _note_failure(self, test: TestInProgress, failure: pytest.ExceptionInfo[BaseException]) -> None:
        if not failure.errisinstance(pytest.skip.Exception):
            test.failures = [*test.failures, failure.value]
            self._watch.note_failure(failure.value)

    def _begin_marked(self, item: pytest.Item, name: str, attempt: int, base: str, index: int) -> None:
        chosen = test_options(item, self._unmarked)
        for old_name in chosen.old_names:
            self._old_names.note(old_name)
        self._watch.begin_test(item, name, attempt, chosen, base, index)
        if chosen.faults:
            self._note_bad_mark(item, chosen.faults)

    def _place_of(self, item: pytest.Item) -> tuple[str, str, int]:
        """Of an item to whose name somebody has appended something, or that was not collected."""
        name, base = ids_of(item)
        return name, base, self._places.get(name, (name, base, 0))[2]

    def _note_bad_mark(self, item: pytest.Item, faults: list[str]) -> None:
        file, line = place_of(item)
        reason = f"its marker memwatch cannot be read, so what it left is not judged: {'; '.join(faults)}"[:REASON_MAX]
        self._watch.not_checked(reason, mark={"file": file, "line": line})
        self.growth.note_bad_mark(f"{file}:{line}", reason)

    def _guarded(self, function: Callable[..., None], *arguments: object) -> None:
        """A fault of ours is said once and never fails a test."""
        try:
            function(*arguments)
        except Exception as error:
            self.note_fault(error)

    def judge(self, test: TestInProgress, report: pytest.TestReport) -> None:
        """Note what the test left, and fail it for that where tests are to fail. `report`: of its teardown."""
        if not test.grown:
            return
        self.growth.note(test)
        excess = test.excess()
        is_judged = test.options.known is None and not test.options.faults
        if self._fails and excess and is_judged and not report.failed:
            report.outcome = "failed"
            left = in_words(excess)
            report.longrepr = f"tt-memwatch: the test left {left} of device memory (--memwatch-fail)"

    # ── devices ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def device_opened(self, device: MeshDevice) -> None:
        self._guarded(self._watch.device_opened, device)

    def devices_closing(self, devices: list[MeshDevice]) -> None:
        self._guarded(self._watch.devices_closing, devices)

    def device_ended(self, key: int) -> None:
        self._guarded(self._watch.device_ended, key)

    def places(self) -> list[object]:
        return self._watch.places()

    # ── fixtures ────────────────────────────────────────────────────────────────────────────────────────────────────

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> None:
        if not _is_of_a_framework(fixturedef):
            self._guarded(self._watch.before_fixture, fixturedef)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Hear when a fixture is ready or has failed: pytest schedules its finalizer then.

        A wrapper of the hook would hear it too, and would be in the traceback of each fixture that fails.
        """
        state: Any = session._setupstate
        add = state.addfinalizer

        being_set_up = self._watch.fixtures.being_set_up

        def add_and_note(finalizer: Callable[[], object], node: Any) -> None:
            add(finalizer, node)
            if being_set_up:
                self._guarded(self._watch.after_fixtures)

        state.addfinalizer = add_and_note

    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        try:
            test = self._watch.test
            if fixturedef.scope != "function":
                self._watch.fixtures.ended_wider(fixturedef)
            if test is not None:
                test.ended_fixtures.append(fixturedef.argname)
        except Exception as error:
            self.note_fault(error)

    def _conclude(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        try:
            if not self._watch.has_left_nothing():
                stack = item.session._setupstate.stack
                self._watch.conclude_open_devices(functools.partial(do_wider_fixtures_end, stack, item, nextitem))
        except Exception as error:
            self.note_fault(error)


def _is_of_a_framework(fixturedef: Any) -> bool:
    """pytest's own fixtures and ours allocate nothing on a device; those that run `setup_module` and its like may."""
    module = getattr(fixturedef.func, "__module__", None) or ""
    is_pytests = module.startswith("_pytest.") and not fixturedef.argname.startswith(_RUNS_CODE_OF_THE_SUITE)
    return is_pytests or is_cleanup_fixture(fixturedef)


#: How pytest's fixtures for xunit-style setup and unittest are named.
_RUNS_CODE_OF_THE_SUITE = ("_xunit_", "xunit_", "_unittest_", "unittest_")

"""Every process that runs tests is measured: forked children, and sessions that follow one another in a process."""

import sys

import pytest

from conftest import DEVICE_FIXTURES, ZEROS_BYTES

#: Runs each test in a forked child and passes its reports on, as pytest-forked does.
FORKING = (
    DEVICE_FIXTURES
    + """
import os
import pickle
from _pytest.reports import TestReport
from _pytest.runner import runtestprotocol

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    if item.get_closest_marker("here"):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        reports = [item.config.hook.pytest_report_to_serializable(config=item.config, report=report)
                   for report in runtestprotocol(item, log=False, nextitem=stays(item))]
        with os.fdopen(theirs, "wb") as end:
            end.write(pickle.dumps(reports))
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as end:
        data = end.read()
    status = os.waitpid(child, 0)[1]
    for report in pickle.loads(data) if data else [crashed(item, status)]:
        if isinstance(report, dict):
            report = item.config.hook.pytest_report_from_serializable(config=item.config, data=report)
        item.ihook.pytest_runtest_logreport(report=report)
    item.session._setupstate.teardown_exact(nextitem)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True

def stays(item):
    # A device that the parent opened cannot be closed in a child: on newer versions that waits for ever.
    return item if item.get_closest_marker("inherits") else None

def crashed(item, status):
    call = pytest.CallInfo.from_call(lambda: None, when="call")
    report = TestReport.from_item_and_call(item, call)
    report.outcome, report.longrepr = "failed", f"the child ended with {status}"
    return report
"""
)


@pytest.fixture
def forking(suite):
    suite.conftest(FORKING)
    return suite


def hellos(engine):
    return [message for message in engine.messages() if message["kind"] == "hello"]


def of_process(engine, pid):
    """What came through the connection of one process."""
    return next(c for c in engine.connections if c[0]["pid"] == pid)


LEAVING = """
import os
KEPT = []
def test_clean(device):
    zeros(device)
@pytest.mark.parametrize("n", [1, 2])
def test_leaves(device, n):
    KEPT.append(zeros(device))
def test_without_device():
    pass
"""


def test_a_test_in_a_forked_child_is_measured_and_reported_by_the_child(forking, engine):
    forking.run(LEAVING, "test_it.py").assert_outcomes(passed=4)
    assert engine.growth("test_it.py::test_clean") == {}
    assert engine.growth("test_it.py::test_leaves[2]") == {"DRAM": ZEROS_BYTES}
    parent, *children = hellos(engine)
    assert [(child["role"], child["parent"]) for child in children] == [("fork", parent["pid"])] * 4
    assert len({child["pid"] for child in children} | {parent["pid"]}) == 5
    begins = [m for m in engine.messages() if m["kind"] == "test-begin"]
    assert [(m["index"], m["attempt"]) for m in begins] == [(0, 1), (1, 1), (2, 1), (3, 1)]
    assert [m["kind"] for m in of_process(engine, parent["pid"])] == ["hello", "collected", "bye"]
    assert [m["paths"] for m in engine.messages() if m["kind"] == "collected"] == [["test_it.py"]]


def test_in_a_forked_worker_of_xdist_too(forking, engine):
    forking.run(LEAVING, "-n", "2").assert_outcomes(passed=4)
    assert engine.growth("test_it.py::test_leaves[1]") == {"DRAM": ZEROS_BYTES}
    assert {hello["worker"] for hello in hellos(engine) if hello["role"] == "fork"} <= {"gw0", "gw1"}


def test_a_child_that_dies_in_its_test_has_begun_it_and_not_ended_it(forking, engine):
    result = forking.run("""
        import os, signal
        def test_dies(device):
            os.kill(os.getpid(), signal.SIGKILL)
        def test_next(device):
            zeros(device)
    """)
    result.assert_outcomes(failed=1, passed=1)
    assert engine.outcome("test_it.py::test_dies") == []
    assert engine.outcome("test_it.py::test_next") == ["passed"]


def test_a_child_that_runs_no_test_says_nothing(suite, engine):
    suite.run("""
        import multiprocessing
        def load(queue):
            queue.put(1)
        def test_loads_data(device):
            context = multiprocessing.get_context("fork")
            queue = context.Queue()
            loaders = [context.Process(target=load, args=(queue,)) for _ in range(3)]
            for loader in loaders:
                loader.start()
            assert [queue.get() for _ in loaders] == [1, 1, 1]
            for loader in loaders:
                loader.join()
            zeros(device)
    """).assert_outcomes(passed=1)
    assert len(hellos(engine)) == 1
    assert [m["kind"] for m in engine.messages()].count("test-end") == 1


def test_what_the_parent_has_not_sent_yet_is_sent_once(suite, engine):
    suite.run("""
        import os
        def test_forks(shared_device, request):
            watch = request.config.pluginmanager.get_plugin("tt_memwatch.hooks")._watch
            watch.not_checked("from the parent")
            child = os.fork()
            if child == 0:
                watch.not_checked("from the child")
                watch.measured.engine.flush()
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
    """).assert_outcomes(passed=1)
    assert engine.reasons("test_it.py::test_forks") == ["from the parent"]


def test_a_device_that_was_opened_before_the_fork_is_the_parents(forking, engine):
    forking.run("""
        KEPT = []
        @pytest.mark.here
        def test_opens_it(shared_device):
            zeros(shared_device)
        @pytest.mark.inherits
        def test_in_a_child(shared_device):
            KEPT.append(1)
        @pytest.mark.here
        def test_goes_on(shared_device):
            KEPT.append(zeros(shared_device))
    """).assert_outcomes(passed=3)
    [reason] = engine.reasons("test_it.py::test_in_a_child")
    assert "opened before the fork" in reason
    assert engine.moments("test_it.py::test_in_a_child") == []
    assert engine.reasons("test_it.py::test_goes_on") == []
    assert engine.growth("test_it.py::test_goes_on") == {"DRAM": ZEROS_BYTES}


def test_a_test_that_left_something_in_a_child_is_repeated_in_it(forking, engine):
    forking.run(
        """
        import os
        KEPT = []
        @pytest.fixture(scope="module")
        def ends_badly():
            yield
            raise RuntimeError("the module's end is the test's")
        def test_grows(device):
            KEPT.append(zeros(device))
        def test_clean(device):
            zeros(device)
        def test_with_a_wider_fixture(device, ends_badly):
            KEPT.append(zeros(device))
        """,
        "--memwatch-confirm=2",
    ).assert_outcomes(passed=3, errors=1)
    for name, numbers in (("test_grows", [0, 1, 2]), ("test_clean", [0]), ("test_with_a_wider_fixture", [0, 1, 2])):
        messages = engine.tests()[f"test_it.py::{name}"]
        assert [m["repeat"] for m in messages if m["kind"] == "test-begin"] == numbers
    lives = [m["liveBlocks"] for m in engine.tests()["test_it.py::test_grows"] if m.get("moment") == "after-clear"]
    assert lives == [1, 1, 1]


SWEEP = """
import sys
import pytest
arguments = ["-q", "-p", "tt_memwatch.plugin", "-p", "no:cacheprovider"]
codes = [int(pytest.main([*arguments, name])) for name in sys.argv[1:]]
sys.exit(max(codes))
"""


def test_sessions_of_one_process_are_numbered_and_each_says_goodbye(suite, engine):
    suite.pytester.makepyfile(
        sweep=SWEEP,
        test_one="KEPT = []\ndef test_keeps():\n    KEPT.append(1)",
        test_two="def test_other():\n    pass",
    )
    assert suite.pytester.run(sys.executable, "sweep.py", "test_one.py", "test_two.py", timeout=120).ret == 0
    engine.messages()
    sessions = [[m["kind"] for m in connection] for connection in engine.connections]
    assert [c[0]["session"] for c in engine.connections] == [1, 2]
    assert len({c[0]["pid"] for c in engine.connections}) == 1
    assert all(kinds[0] == "hello" and kinds[-1] == "bye" for kinds in sessions)


def test_a_session_within_a_test_of_another_has_no_number(suite, engine):
    suite.run("""
        def test_outer(tmp_path):
            inner = tmp_path / "test_inner.py"
            inner.write_text("def test_inner(): pass")
            assert pytest.main(["-q", "-p", "tt_memwatch.plugin", "-p", "no:cacheprovider", str(inner)]) == 0
    """).assert_outcomes(passed=1)
    assert sorted(str(hello["session"]) for hello in hellos(engine)) == ["1", "None"]

"""Every way a test can end."""

import pytest

from conftest import ZEROS_BYTES

#: What a failed test's frames hold is released, and the next test starts clean.
FAILS = """
    def test_fails(shared_device):
        kept = zeros(shared_device)
        assert kept is None
    @pytest.mark.xfail(strict=True)
    def test_xfails(shared_device):
        kept = zeros(shared_device)
        assert kept is None
    def test_clean(shared_device):
        zeros(shared_device)
"""

#: An exception that the suite keeps is no excuse.
KEEPS_EXCEPTION = """
    KEPT = []
    def test_passes(device):
        try:
            local = zeros(device)
            raise RuntimeError("kept")
        except RuntimeError as error:
            KEPT.append(error)
"""

#: Skips, errors of the setup and errors of the teardown are told apart.
ENDS_OTHERWISE = """
    @pytest.fixture
    def broken(device):
        local = zeros(device)
        raise RuntimeError("setup")
    @pytest.fixture
    def breaks_later(device):
        yield zeros(device)
        raise RuntimeError("teardown")
    @pytest.mark.skip(reason="no board")
    def test_skipped(device):
        pass
    def test_skips_itself(device):
        pytest.skip("no board")
    def test_setup(broken):
        pass
    def test_teardown(breaks_later):
        pass
    def test_clean(device):
        pass
"""

#: Parameters with odd characters, classes and unittest's style.
ODD_NAMES = """
    import unittest
    KEPT = []
    @pytest.mark.parametrize("x", [1], ids=["a[b]::c/d é \\U0001f600 | <b>"])
    def test_odd(device, x):
        KEPT.append(zeros(device))
    class TestClass:
        def test_method(self, device):
            KEPT.append(zeros(device))
    class TestUnit(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def _device(self, device):
            self.device = device
        def test_method(self):
            KEPT.append(zeros(self.device))
"""

WITHOUT_DEVICE = """
    def test_it():
        pass
"""


def test_every_way_to_end_is_told(suite, engine):
    suite.write(
        test_fails=FAILS,
        test_keeps_exception=KEEPS_EXCEPTION,
        test_ends_otherwise=ENDS_OTHERWISE,
        test_odd_names=ODD_NAMES,
        test_without_device=WITHOUT_DEVICE,
    )
    suite.again().assert_outcomes(failed=1, xfailed=1, skipped=2, errors=2, passed=8)
    _assert_failures_are_released(engine)
    assert engine.growth("test_keeps_exception.py::test_passes") == {"DRAM": ZEROS_BYTES}
    _assert_other_ends_are_told_apart(engine)
    _assert_names_are_told_as_they_are(engine)
    assert engine.moments("test_without_device.py::test_it") == []
    assert engine.outcome("test_without_device.py::test_it") == ["passed"]


#: pluggy before 1.2 knows no wrappers but those that get an object with the outcome.
OLDER_PLUGGY = """
    import sys
    import pluggy
    import pytest
    class Older(pluggy.HookimplMarker):
        def __call__(self, function=None, hookwrapper=False, optionalhook=False, tryfirst=False, trylast=False):
            options = {"optionalhook": optionalhook, "tryfirst": tryfirst, "trylast": trylast}
            return super().__call__(function, hookwrapper=hookwrapper, **options)
    newer, pytest.hookimpl = pytest.hookimpl, Older("pytest")
    import tt_memwatch.plugin
    pytest.hookimpl = newer
    sys.exit(pytest.main(["-p", "tt_memwatch.plugin", "-p", "no:cacheprovider"]))
"""


@pytest.mark.one_version
def test_an_older_pluggy_reports_the_same(suite, engine):
    suite.conftest("def zeros(): pass")
    suite.write(
        test_it="""
        @pytest.fixture
        def breaks_later():
            yield
            raise RuntimeError("teardown")
        def test_passes():
            pass
        def test_fails():
            assert False
        def test_skips():
            pytest.skip("no board")
        @pytest.mark.xfail(strict=True)
        def test_passes_and_should_not():
            pass
        def test_teardown(breaks_later):
            pass
        """
    )
    for result in (suite.again(), suite.script(OLDER_PLUGGY)):
        result.assert_outcomes(passed=2, failed=2, skipped=1, errors=1)
    told = [message["outcome"] for message in engine.messages() if message["kind"] == "test-end"]
    assert told == ["passed", "failed", "skipped", "failed", "error"] * 2


def _assert_failures_are_released(engine):
    for name, outcome in (("test_fails", "failed"), ("test_xfails", "xfailed")):
        looks = [m for m in engine.tests()[f"test_fails.py::{name}"] if m["kind"] == "measurement"]
        assert [(m["moment"], m["liveBlocks"]) for m in looks][-3:] == [
            ("after-collect", 1),
            ("after-release", 0),
            ("after-clear", 0),
        ]
        assert engine.outcome(f"test_fails.py::{name}") == [outcome]
    assert engine.growth("test_fails.py::test_clean") == {}


def _assert_other_ends_are_told_apart(engine):
    names = [name for name in engine.tests() if name.startswith("test_ends_otherwise.py")]
    assert {name.rpartition("::")[2]: engine.outcome(name) for name in names} == {
        "test_skipped": ["skipped"],
        "test_skips_itself": ["skipped"],
        "test_setup": ["error"],
        "test_teardown": ["error"],
        "test_clean": ["passed"],
    }
    assert "after-clear" not in engine.moments("test_ends_otherwise.py::test_skipped")
    assert all(engine.left(name) == {} for name in names if engine.moments(name))


def _assert_names_are_told_as_they_are(engine):
    tests = [told for told in engine.tests().values() if told[0]["test"].startswith("test_odd_names.py::")]
    assert [told[0]["base"].partition("::")[2] for told in tests] == [
        "test_odd",
        "TestClass::test_method",
        "TestUnit::test_method",
    ]
    assert [told[-1]["test"] for told in tests] == [told[0]["test"] for told in tests]
    kept = [m for told in tests for m in told if m.get("moment") == "after-clear"]
    assert [m["liveBlocks"] for m in kept] == [1, 1, 1]


def test_what_a_failed_test_really_leaves_stays_after_the_release(suite, engine):
    suite.run(
        """
        KEPT = []
        def test_fails(device):
            KEPT.append(zeros(device))
            local = zeros(device)
            assert local is None
    """,
        "--memwatch-clear=growth",
    ).assert_outcomes(failed=1)
    assert engine.growth("test_it.py::test_fails") == {"DRAM": ZEROS_BYTES}


def test_an_interrupted_run_says_farewell_and_leaves_the_test_open_with_its_memory(suite, engine):
    suite.run("""
        def test_before(shared_device):
            pass
        def test_interrupted(shared_device):
            zeros(shared_device)
            raise KeyboardInterrupt
    """)
    assert engine.outcome("test_it.py::test_before") == ["passed"]
    assert engine.outcome("test_it.py::test_interrupted") == []
    assert engine.reasons("test_it.py::test_interrupted") == ["the test was interrupted"]
    assert engine.moments("test_it.py::test_interrupted")[-1] == "after"
    assert engine.messages()[-1] == {"kind": "bye", "exitStatus": 2, "dropped": 0}


def test_reruns_of_a_failed_test_are_attempts_and_hold_nothing_afterwards(suite, engine):
    suite.run(
        """
        RUNS = []
        def test_flaky(shared_device):
            local = zeros(shared_device)
            RUNS.append(1)
            assert len(RUNS) == 3
        def test_next(shared_device):
            pass
    """,
        "--reruns",
        "2",
    ).assert_outcomes(passed=2)
    begins = [m["attempt"] for m in engine.tests()["test_it.py::test_flaky"] if m["kind"] == "test-begin"]
    assert begins == [1, 2, 3]
    assert engine.outcome("test_it.py::test_flaky") == ["failed", "failed", "passed"]
    assert engine.growth("test_it.py::test_flaky") == {}
    assert engine.growth("test_it.py::test_next") == {}


def test_workers_of_xdist_each_measure_what_they_run(suite, engine):
    suite.run(
        """
        KEPT = []
        @pytest.mark.parametrize("n", range(4))
        def test_it(device, n):
            KEPT.append(zeros(device))
    """,
        "-n",
        "2",
    ).assert_outcomes(passed=4)
    hellos = [m for m in engine.messages() if m["kind"] == "hello"]
    assert sorted((m["role"], m["worker"]) for m in hellos if m["role"] == "worker") == [
        ("worker", "gw0"),
        ("worker", "gw1"),
    ]
    assert [m["role"] for m in hellos].count("controller") == 1
    assert [engine.growth(f"test_it.py::test_it[{n}]") for n in range(4)] == [{"DRAM": ZEROS_BYTES}] * 4

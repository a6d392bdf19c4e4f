"""Every way a test can end."""

from conftest import ZEROS_BYTES


def test_a_failed_tests_tensors_are_released_and_the_next_test_starts_clean(suite, engine):
    suite.run("""
        def test_fails(shared_device):
            kept = zeros(shared_device)
            assert kept is None
        @pytest.mark.xfail(strict=True)
        def test_xfails(shared_device):
            kept = zeros(shared_device)
            assert kept is None
        def test_clean(shared_device):
            zeros(shared_device)
    """).assert_outcomes(failed=1, xfailed=1, passed=1)
    for name, outcome in (("test_fails", "failed"), ("test_xfails", "xfailed")):
        looks = [m for m in engine.tests()[f"test_it.py::{name}"] if m["kind"] == "measurement"]
        assert [(m["moment"], m["liveBlocks"]) for m in looks][-3:] == [
            ("after-collect", 1),
            ("after-release", 0),
            ("after-clear", 0),
        ]
        assert engine.outcome(f"test_it.py::{name}") == [outcome]
    assert engine.growth("test_it.py::test_clean") == {}


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


def test_an_exception_that_the_suite_keeps_is_no_excuse(suite, engine):
    suite.run("""
        KEPT = []
        def test_passes(device):
            try:
                local = zeros(device)
                raise RuntimeError("kept")
            except RuntimeError as error:
                KEPT.append(error)
    """).assert_outcomes(passed=1)
    assert engine.growth("test_it.py::test_passes") == {"DRAM": ZEROS_BYTES}


def test_skips_setup_errors_and_teardown_errors_are_told_apart(suite, engine):
    suite.run("""
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
    """).assert_outcomes(skipped=2, errors=2, passed=2)
    found = {name.rpartition("::")[2]: engine.outcome(name) for name in engine.tests()}
    assert found == {
        "test_skipped": ["skipped"],
        "test_skips_itself": ["skipped"],
        "test_setup": ["error"],
        "test_teardown": ["error"],
        "test_clean": ["passed"],
    }
    assert "after-clear" not in engine.moments("test_it.py::test_skipped")
    assert all(engine.left(name) == {} for name in engine.tests() if engine.moments(name))


def test_parameters_with_odd_characters_classes_and_unittest_style(suite, engine):
    suite.run("""
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
    """).assert_outcomes(passed=3)
    begins = [m for m in engine.messages() if m["kind"] == "test-begin"]
    assert [m["base"].partition("::")[2] for m in begins] == [
        "test_odd",
        "TestClass::test_method",
        "TestUnit::test_method",
    ]
    ends = [m["test"] for m in engine.messages() if m["kind"] == "test-end"]
    assert ends == [m["test"] for m in begins]
    looks = [m for m in engine.messages() if m.get("moment") == "after-clear"]
    assert [m["liveBlocks"] for m in looks] == [1, 1, 1]


def test_without_a_device_nothing_is_measured(suite, engine):
    suite.run("def test_it():\n    pass").assert_outcomes(passed=1)
    assert engine.moments("test_it.py::test_it") == []
    assert engine.outcome("test_it.py::test_it") == ["passed"]


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

"""What pytest itself keeps of a test is not a leak of the test."""

import pytest

FAILURES = {
    "cause": """
        try:
            inner(device)
        except KeyError as error:
            raise ValueError("wrong") from error
    """,
    "context": """
        try:
            inner(device)
        except KeyError:
            raise ValueError("wrong") from None
    """,
    "closure": """
        local = zeros(device)
        def check():
            assert local is None
        check()
    """,
    "attribute": """
        raise ModelError(zeros(device))
    """,
}


@pytest.mark.parametrize("mode", ["always", "growth"])
def test_what_only_a_failure_holds_was_not_left(suite, engine, mode):
    bodies = "".join(
        f"def test_{name}(shared_device):\n    device = shared_device{body}\n" for name, body in FAILURES.items()
    )
    suite.run(
        """
class ModelError(Exception):
    def __init__(self, weight):
        self.weight = weight
def inner(device):
    local = zeros(device)
    raise KeyError("wrong")
"""
        + bodies.replace("\n        ", "\n    "),
        f"--memwatch-clear={mode}",
    ).assert_outcomes(failed=len(FAILURES))
    for name in FAILURES:
        assert engine.left(f"test_it.py::test_{name}") == {}, name


def test_a_failed_unittest_lets_go_of_its_instance(suite, engine):
    suite.run("""
        import unittest
        class TestIt(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _device(self, shared_device):
                self.device = shared_device
            def test_0(self):
                pass
            def test_1(self):
                self.kept = zeros(self.device)
                self.fail("wrong")
    """).assert_outcomes(failed=1, passed=1)
    assert engine.left("test_it.py::TestIt::test_1") == {}


BREAKS_IN_TEARDOWN = """
    @pytest.fixture
    def broken(shared_device):
        local = zeros(shared_device)
        yield
        raise ValueError(local.shape)
    def test_next(shared_device):
        pass
    def test_it(broken):
        pass
"""


#: Tests that run, by file. The last file is the last of the run, and nothing comes after its test.
ORDERS = {"it_next": ["it", "next"], "next_it": ["next", "it"], "it_alone": ["it"]}


@pytest.mark.parametrize("mode", ["always", "growth"])
def test_what_a_teardown_that_fails_holds_was_not_left_whatever_runs_next(suite, engine, mode):
    suite.write(**{f"test_{name}": BREAKS_IN_TEARDOWN for name in ORDERS})
    tests = [f"test_{name}.py::test_{test}" for name, order in ORDERS.items() for test in order]
    suite.again(*tests, f"--memwatch-clear={mode}").assert_outcomes(passed=len(tests), errors=len(ORDERS))
    broken = [test for test in tests if test.endswith("::test_it")]
    assert {test: (engine.left(test), engine.kept(test)) for test in broken} == dict.fromkeys(broken, ({}, {"failure"}))


def test_a_teardown_that_fails_is_released_once_it_is_reported(suite, engine):
    suite.write(test_it=BREAKS_IN_TEARDOWN)
    suite.again("test_it.py::test_it", "test_it.py::test_next").assert_outcomes(passed=2, errors=1)
    looks = [m for m in engine.tests()["test_it.py::test_it"] if m["kind"] == "measurement"]
    assert (looks[-1]["moment"], looks[-1]["liveBlocks"]) == ("after-release", 0)


def test_what_a_wider_fixture_that_fails_holds_when_its_device_is_closed_was_not_left(suite, engine):
    suite.run("""
        @pytest.fixture(scope="module")
        def broken(shared_device):
            local = zeros(shared_device)
            yield
            raise ValueError(local.shape)
        def test_it(broken):
            pass
    """).assert_outcomes(passed=1, errors=1)
    assert engine.left("test_it.py::test_it") == {}
    assert engine.kept("test_it.py::test_it") == {"failure"}


@pytest.mark.parametrize("fixture", ["device", "shared_device"])
def test_captured_log_records_hold_nothing_and_keep_their_text(suite, engine, fixture):
    suite.run(f"""
        import logging
        class Model:
            def __init__(self, weight):
                self.weight = weight
            def __repr__(self):
                return "the model"
        @pytest.fixture
        def outer(caplog):
            yield
            assert "built the model" in [r.getMessage() for r in caplog.get_records("call")]
        def test_logs(outer, {fixture}):
            try:
                model = Model(zeros({fixture}))
                logging.warning("built %s", model)
                raise ValueError
            except ValueError:
                logging.exception("wrong")
    """).assert_outcomes(passed=1)
    assert engine.left("test_it.py::test_logs") == {}


def test_a_semaphore_that_a_fixture_gave_was_not_left(suite, engine):
    suite.run("""
        @pytest.fixture
        def semaphore(shared_device):
            cores = ttnn.CoreRangeSet({ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(1, 1))})
            return ttnn.create_global_semaphore(shared_device, cores, 0)
        def test_it(semaphore):
            pass
        def test_next(shared_device):
            pass
    """).assert_outcomes(passed=2)
    assert engine.kept("test_it.py::test_it") == {"pytest"}
    assert engine.left("test_it.py::test_it") == {}
    assert engine.left("test_it.py::test_next") == {}


def test_what_a_finalizer_lets_go_is_garbage_and_no_program_cache(suite, engine):
    suite.run("""
        import gc
        gc.disable()  # Python would collect the cycle when so many objects have been made.
        class Late:
            def __init__(self, weight):
                self.holder = [weight]
                self.itself = self
            def __del__(self):
                cycle = [self.holder]
                cycle.append(cycle)
        def test_it(shared_device):
            Late(zeros(shared_device))
    """).assert_outcomes(passed=1)
    looks = [m for m in engine.tests()["test_it.py::test_it"] if m["kind"] == "measurement"]
    assert [m["liveBlocks"] for m in looks if m["moment"] == "after-collect"] == [1, 0]

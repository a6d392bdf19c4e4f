"""A suite's own cleaning runs before it is measured what a test left, and harms nothing if it fails."""

import textwrap
from importlib.metadata import version

import pytest

from conftest import DEVICE_FIXTURES, ZEROS_BYTES

SUITE = """
CACHE = {}
def test_fills(shared_device):
    CACHE["table"] = zeros(shared_device)
"""


def test_what_the_hook_frees_was_not_left(suite, engine):
    suite.conftest(
        DEVICE_FIXTURES
        + textwrap.dedent(
            """
        def pytest_memwatch_before_look(item, devices):
            assert [type(device).__name__ for device in devices] == ["MeshDevice"]
            item.module.CACHE.clear()
        """
        )
    )
    suite.run(SUITE).assert_outcomes(passed=1)
    assert engine.left("test_it.py::test_fills") == {}
    assert engine.reasons("test_it.py::test_fills") == []


def test_what_a_tests_own_function_frees_was_not_left(suite, engine):
    suite.run(
        """
        CACHE = {}
        def test_fills(shared_device, memwatch_before_look):
            CACHE["table"] = zeros(shared_device)
            memwatch_before_look(lambda devices: CACHE.clear())
        def test_fills_again(shared_device):
            CACHE["table"] = zeros(shared_device)
        """
    ).assert_outcomes(passed=2)
    assert engine.left("test_it.py::test_fills") == {}
    assert list(engine.left("test_it.py::test_fills_again")) == ["DRAM"]


def test_a_hook_that_raises_leaves_the_test_as_it_is_and_unchecked(suite, engine):
    suite.conftest(DEVICE_FIXTURES + "def pytest_memwatch_before_look(item): raise KeyError('nothing')")
    suite.run(SUITE).assert_outcomes(passed=1)
    [reason] = engine.reasons("test_it.py::test_fills")
    assert reason == "what the suite does before it is measured failed: KeyError: 'nothing'"


def test_an_outcome_that_the_hook_raises_is_not_the_tests(suite, engine):
    suite.conftest(
        DEVICE_FIXTURES
        + textwrap.dedent(
            """
        def pytest_memwatch_before_look(item):
            getattr(pytest, item.name.removeprefix("test_"))("no")
        """
        )
    )
    tests = [f"def test_{outcome}(device): zeros(device)" for outcome in ("fail", "skip", "exit", "xfail")]
    suite.run("\n".join(tests)).assert_outcomes(passed=4)
    reasons = [engine.reasons(f"test_it.py::test_{outcome}") for outcome in ("fail", "skip", "exit", "xfail")]
    words = "what the suite does before it is measured failed: "
    assert reasons == [[f"{words}{name}: no"] for name in ("Failed", "Skipped", "Exit", "XFailed")]


def test_ctrl_c_in_the_hook_ends_pytest_and_the_device_is_closed(suite, engine):
    suite.conftest(DEVICE_FIXTURES + "def pytest_memwatch_before_look(item): raise KeyboardInterrupt")
    result = suite.run("def test_it(device): zeros(device)\ndef test_more(device): zeros(device)")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert "device-end" in [m["kind"] for m in engine.messages()]


MODEL = """
CACHE, CALLS = [], []
class Model:
    def __init__(self, device):
        self.weights = zeros(device)
    def note(self, devices):
        CALLS.append([device.id() for device in devices])
"""


def test_functions_are_let_go_of_and_each_repeat_has_its_own(suite, engine):
    suite.run(
        MODEL
        + textwrap.dedent(
            """
            def test_it(shared_device, memwatch_before_look):
                memwatch_before_look(Model(shared_device).note)
                CACHE.append(zeros(shared_device))
            def test_end():
                assert len(CALLS) == 3
            """
        ),
        "--memwatch-confirm=2",
    ).assert_outcomes(passed=2)
    messages = engine.tests()["test_it.py::test_it"]
    assert [m["repeat"] for m in messages if m["kind"] == "test-begin"] == [0, 1, 2]
    assert engine.left("test_it.py::test_it") == {"DRAM": ZEROS_BYTES}


@pytest.mark.skipif(
    version("ttnn") == "0.66.0", reason="it crashes where one of two devices is closed before the other"
)
def test_functions_are_called_for_each_device_and_hold_nothing_at_the_first(suite, engine, two_chips):
    suite.run(
        MODEL
        + textwrap.dedent(
            """
            @pytest.fixture
            def own_device():
                dev = ttnn.open_device(device_id=1, l1_small_size=16384)
                yield dev
                ttnn.close_device(dev)
            def test_it(shared_device, memwatch_before_look, own_device):
                memwatch_before_look(Model(own_device).note)
                CALLS.append([own_device.id(), shared_device.id()])
            def test_end():
                own, shared = CALLS[0]
                assert CALLS[1:] == [[own], [shared]]
            """
        )
    ).assert_outcomes(passed=2)
    assert engine.left("test_it.py::test_it") == {}


@pytest.mark.parametrize(
    ("marker", "known"),
    [
        (
            "known='shared cache'",
            {"reason": "shared cache", "ref": None, "strict": False, "place": {"file": "test_it.py", "line": 6}},
        ),
        (
            "known='x', ref='y', strict=True",
            {"reason": "x", "ref": "y", "strict": True, "place": {"file": "test_it.py", "line": 6}},
        ),
    ],
)
def test_a_known_leak_is_told_to_the_engine_and_does_not_fail_its_test(suite, engine, marker, known):
    suite.run(
        f"""
        KEPT = []
        @pytest.mark.memwatch({marker})
        def test_it(shared_device):
            KEPT.append(zeros(shared_device))
        """,
        "--memwatch-fail",
    ).assert_outcomes(passed=1)
    assert [m["known"] for m in engine.messages() if m["kind"] == "test-begin"] == [known]

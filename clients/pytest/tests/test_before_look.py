"""A suite's own cleaning runs before it is measured what a test left, and harms nothing if it fails."""

import textwrap

import pytest

from conftest import DEVICE_FIXTURES

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


@pytest.mark.parametrize("marker", ["ref='x'", "strict=True", "known=''", "known=3", "known='x', ref=3"])
def test_a_bad_mark_of_a_known_leak_is_named(suite, engine, marker):
    suite.run(f"@pytest.mark.memwatch({marker})\ndef test_it(shared_device): pass").assert_outcomes(passed=1)
    [reason] = engine.reasons("test_it.py::test_it")
    assert "known" in reason

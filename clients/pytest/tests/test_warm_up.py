"""A test that warms up: what its first runs leave is not counted, and pytest sees the first run only."""

import pytest

from conftest import ZEROS_BYTES

KEEPERS = """
    GROWS, WEIGHTS, CALLS = [], {}, []
    def test_grows(shared_device):
        GROWS.append(zeros(shared_device))
    def test_loads_once(shared_device):
        if "w" not in WEIGHTS:
            WEIGHTS["w"] = zeros(shared_device)
    def test_passes_once(shared_device):
        CALLS.append(zeros(shared_device))
        print("called", len(CALLS))
        assert len(CALLS) == 1
    def test_fails_once(shared_device):
        CALLS.append(zeros(shared_device))
        assert len(CALLS) != 3, "as without us"
    @pytest.mark.memwatch(unsafe=True)
    def test_unsafe(shared_device):
        GROWS.append(zeros(shared_device))
    @pytest.mark.memwatch(warm_up=0)
    def test_counts_at_once(shared_device):
        GROWS.append(zeros(shared_device))
    def test_clean(shared_device):
        zeros(shared_device)
"""


def runs(engine, name):
    """Number of the repeat, how many runs warm up, and why not, of each run."""
    told = engine.tests()[f"test_it.py::{name}"]
    begins = [(m["repeat"], m.get("warmUp", 0)) for m in told if m["kind"] == "test-begin"]
    return begins, [m["reason"] for m in told if m["kind"] == "not-warmed-up"]


def test_a_test_that_left_something_runs_again_and_its_first_run_is_reported(suite, engine):
    result = suite.run(KEEPERS, "--memwatch-warm-up=1", "-s")
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines(["*as without us*"])
    result.stdout.no_fnmatch_line("*called 2*")
    assert runs(engine, "test_grows") == ([(0, 1), (1, 0)], [])
    assert runs(engine, "test_clean") == ([(0, 1)], [])
    assert runs(engine, "test_counts_at_once") == ([(0, 0)], [])
    assert runs(engine, "test_unsafe") == ([(0, 1)], ["its marker says that it must not run again (unsafe=True)"])
    assert engine.outcome("test_it.py::test_passes_once") == ["passed", "failed"]
    assert engine.outcome("test_it.py::test_fails_once") == ["failed", "passed"]


def test_repeats_that_confirm_come_after_those_that_warm_up(suite, engine, monkeypatch):
    monkeypatch.setenv("TT_MEMWATCH_WARM_UP", "2")
    suite.run(KEEPERS, "--memwatch-confirm=1", "-k", "grows or loads_once").assert_outcomes(passed=2)
    assert runs(engine, "test_grows") == ([(0, 2), (1, 0), (2, 0), (3, 0)], [])
    # Warm, it left nothing: there is nothing to confirm.
    assert runs(engine, "test_loads_once") == ([(0, 2), (1, 0), (2, 0)], [])


def test_a_marker_alone_asks_for_it_and_the_run_that_counts_is_searched(suite, engine):
    suite.run(
        """
        KEPT = []
        @pytest.mark.memwatch(warm_up=1)
        def test_marked(shared_device):
            KEPT.append(zeros(shared_device))
        def test_other(shared_device):
            KEPT.append(zeros(shared_device))
        """
    ).assert_outcomes(passed=2)
    assert runs(engine, "test_marked") == ([(0, 1), (1, 0)], [])
    assert runs(engine, "test_other") == ([(0, 0)], [])
    held = [m["paths"] for m in engine.tests()["test_it.py::test_marked"] if m["kind"] == "holders"]
    assert held == [["test_it.KEPT[0]"], ["test_it.KEPT[1]"]]


@pytest.mark.parametrize("has_engine", [True, False])
def test_memwatch_fail_fails_what_a_warm_run_left(suite, request, has_engine):
    if has_engine:
        request.getfixturevalue("engine")
    result = suite.run(KEEPERS, "--memwatch-fail", "--memwatch-warm-up=1", "-k", "grows or once")
    # Two of them end in another way when they run again: what they left at first counts, as where nothing warms up.
    result.assert_outcomes(passed=4, failed=1, errors=4)
    result.stdout.fnmatch_lines(
        ["*at teardown of test_grows*", f"*left {ZEROS_BYTES // 1024}.0 KB DRAM*(--memwatch-fail)*"]
    )

"""Repeats that tell what grows from what is kept once."""

import pytest

from conftest import DEVICE_FIXTURES, ZEROS_BYTES

KEEPERS = """
    GROWS, WEIGHTS, LAST = [], {}, []
    def test_grows(shared_device):
        GROWS.append(zeros(shared_device))
    def test_loads_once(shared_device):
        if "w" not in WEIGHTS:
            WEIGHTS["w"] = zeros(shared_device)
    def test_keeps_the_last(shared_device):
        LAST[:] = [zeros(shared_device)]
    def test_clean(shared_device):
        zeros(shared_device)
"""


def repeats(engine, name):
    """Net growth of DRAM on each chip: of the test, then of its repeats."""
    attempts, looks = [], []
    for message in engine.tests()[f"test_it.py::{name}"]:
        if message["kind"] == "test-begin":
            looks = []
        elif message["kind"] == "measurement":
            looks.append({usage[0]: usage[3] * usage[1] for usage in message["usage"]})
        elif message["kind"] == "test-end":
            attempts.append(looks[-1]["DRAM"] - looks[0]["DRAM"])
    return attempts


def numbers(engine, name):
    return [m["repeat"] for m in engine.tests()[f"test_it.py::{name}"] if m["kind"] == "test-begin"]


def test_what_left_something_is_repeated_and_nothing_else(suite, engine):
    result = suite.run(KEEPERS, "--memwatch-confirm=2")
    result.assert_outcomes(passed=4)
    assert repeats(engine, "test_grows") == [ZEROS_BYTES] * 3
    assert repeats(engine, "test_loads_once") == [ZEROS_BYTES, 0, 0]
    assert repeats(engine, "test_keeps_the_last") == [ZEROS_BYTES, 0, 0]
    assert repeats(engine, "test_clean") == [0]
    assert numbers(engine, "test_grows") == [0, 1, 2]


def why_not(engine, name):
    return [m["reason"] for m in engine.tests()[f"test_it.py::{name}"] if m["kind"] == "not-repeated"]


@pytest.mark.one_version
def test_nothing_is_repeated_unless_asked_for(suite, engine):
    suite.run(KEEPERS).assert_outcomes(passed=4)
    assert numbers(engine, "test_grows") == [0]


@pytest.mark.one_version
def test_without_an_engine_nothing_is_repeated(suite):
    suite.run(
        """
        CALLS = []
        def test_grows(device):
            CALLS.append(zeros(device))
            print("called", len(CALLS))
        """,
        "--memwatch-confirm=2",
        "-s",
    ).stdout.no_fnmatch_line("*called 2*")


def test_wider_fixtures_live_until_the_repeats_of_their_last_test_are_over(suite, engine):
    suite.run(
        """
        @pytest.fixture(scope="module")
        def cache(shared_device):
            kept = []
            yield kept
            print(f"cache ends with {len(kept)}")
            raise RuntimeError("its end is the test's")
        def test_fills(cache, shared_device):
            cache.append(zeros(shared_device))
        """,
        "--memwatch-confirm=3",
        "-s",
    ).assert_outcomes(passed=1, errors=1)
    assert repeats(engine, "test_fills") == [ZEROS_BYTES] * 4
    assert numbers(engine, "test_fills") == [0, 1, 2, 3]


def test_a_device_of_the_tests_own_is_opened_for_each_repeat(suite, engine):
    suite.run(
        """
        KEPT = []
        @pytest.mark.parametrize("n", [1, 2])
        def test_grows(device, n):
            KEPT.append(zeros(device))
        class TestPlain:
            def test_keeps(self, device):
                self.kept = zeros(device)
        """,
        "--memwatch-confirm=1",
    ).assert_outcomes(passed=3)
    assert repeats(engine, "test_grows[1]") == repeats(engine, "test_grows[2]") == [ZEROS_BYTES] * 2
    assert repeats(engine, "TestPlain::test_keeps") == [ZEROS_BYTES] * 2


@pytest.mark.one_version
def test_unsafe_skipped_allowed_slow_and_erring_tests_are_not_repeated(suite, engine):
    suite.conftest("from tt_memwatch import confirm\nconfirm.DURATION_S_MAX = 0.5\n" + DEVICE_FIXTURES)
    suite.run(
        """
        import time
        KEPT = []
        @pytest.fixture
        def broken(device):
            yield
            KEPT.append(zeros(device))
            raise RuntimeError("no")
        @pytest.mark.memwatch(unsafe=True)
        def test_unsafe(device):
            KEPT.append(zeros(device))
        @pytest.mark.memwatch(skip=True)
        def test_skipped(device):
            KEPT.append(zeros(device))
        @pytest.mark.memwatch(limit="1 MB")
        def test_allowed(device):
            KEPT.append(zeros(device))
        def test_slow(device):
            KEPT.append(zeros(device))
            time.sleep(0.6)
        def test_erring(broken):
            pass
        """,
        "--memwatch-confirm=2",
    ).assert_outcomes(passed=5, errors=1)
    for name in ("test_unsafe", "test_skipped", "test_allowed", "test_slow", "test_erring"):
        assert numbers(engine, name) == [0], name
    assert why_not(engine, "test_unsafe") == ["its marker says that it must not run again (unsafe=True)"]
    assert why_not(engine, "test_allowed") == []
    assert why_not(engine, "test_erring") == ["its teardown failed"]


def test_a_failed_test_that_really_keeps_something_is_repeated_and_reported_once(suite, engine):
    result = suite.run(
        """
        KEPT = []
        def test_fails(device):
            KEPT.append(zeros(device))
            local = zeros(device)
            assert local is None
        """,
        "--memwatch-confirm=2",
    )
    result.assert_outcomes(failed=1)
    assert repeats(engine, "test_fails") == [ZEROS_BYTES] * 3
    assert engine.outcome("test_it.py::test_fails") == ["failed"] * 3


def test_a_repeat_that_fails_or_warns_changes_no_outcome_and_shows_nothing(suite, engine):
    result = suite.run(
        """
        import warnings
        KEPT = []
        def test_once(device, record_property):
            record_property("n", len(KEPT))
            KEPT.append(zeros(device))
            print("printed by", len(KEPT))
            assert len(KEPT) == 1
        """,
        "--memwatch-confirm=2",
        "-rA",
        "--junitxml=out.xml",
    )
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*printed by 2*")
    assert (suite.pytester.path / "out.xml").read_text().count("<testcase") == 1


def test_unittest_style_and_reruns_go_along(suite, engine):
    suite.run(
        """
        import unittest
        KEPT, TRIES = [], []
        @pytest.fixture(scope="class")
        def cls_device(request, shared_device):
            request.cls.device = shared_device
        @pytest.mark.usefixtures("cls_device")
        class TestUnit(unittest.TestCase):
            def test_it(self):
                KEPT.append(zeros(self.device))
        @pytest.mark.flaky(reruns=1)
        def test_flaky(shared_device):
            TRIES.append(zeros(shared_device))
            assert len(TRIES) > 1
        """,
        "--memwatch-confirm=1",
    )
    assert numbers(engine, "TestUnit::test_it") == [0, 1]
    assert numbers(engine, "test_flaky")[:2] == [0, 0]
    assert numbers(engine, "test_flaky")[-1] == 1


@pytest.mark.parametrize("value", ["x", "-1", "101", "1.5"])
@pytest.mark.one_version
def test_a_number_of_repeats_that_is_none_is_refused(suite, value):
    result = suite.run("def test_it(): pass", f"--memwatch-confirm={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--memwatch-confirm is*wanted a number of repeats from 0 to 100*"])

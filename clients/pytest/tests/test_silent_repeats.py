"""A repeat shows nothing and changes nothing of what pytest and its plugins report."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import DEVICE_FIXTURES

#: Writes down what a plugin of the suite is told, and brings a fixture that reports by itself, as subtests do.
TELLTALE = (
    DEVICE_FIXTURES
    + """
from pathlib import Path
TOLD = Path(__file__).with_name("told")

def tell(*words):
    with TOLD.open("a") as told:
        print(*words, file=told)

def pytest_runtest_logreport(report):
    tell("report", report.when, report.outcome, len(report.sections), report.user_properties)

def pytest_exception_interact(node, call, report):
    tell("interact", node.name)

def pytest_warning_recorded(warning_message):
    tell("warning", warning_message.message)

def pytest_sessionfinish(session, exitstatus):
    tell("end", session.testsfailed, int(exitstatus))

@pytest.fixture
def report_a_part(request):
    def report(outcome):
        call = pytest.CallInfo.from_call(lambda: None, when="call")
        made = pytest.TestReport.from_item_and_call(request.node, call)
        made.outcome, made.longrepr = outcome, "a part of it"
        request.node.ihook.pytest_runtest_logreport(report=made)
    return report
"""
)

TEST = """
import logging
import os
import warnings
KEPT = []
def test_it(device, report_a_part, record_property, record_xml_attribute, record_testsuite_property, request):
    KEPT.append(zeros(device))
    report_a_part("passed" if len(KEPT) == 1 else "failed")
    record_property("calls", len(KEPT))
    record_xml_attribute("calls", str(len(KEPT)))
    record_testsuite_property("calls", len(KEPT))
    warnings.warn(f"warning {len(KEPT)}")
    logging.getLogger("suite").error("logged by call %s", len(KEPT))
    print("printed by call", len(KEPT))
    os.write(1, f"written by call {len(KEPT)}\\n".encode())
    if len(KEPT) > 1:
        pytest.fail(f"only call {len(KEPT)} fails")
def test_next():
    import sys
    assert not hasattr(sys, "last_value")
"""

CONFIRM = "--memwatch-confirm=2"


def reported(suite, *arguments):
    """Everything that a run tells: outcomes, exit code, terminal, what a plugin heard, JUnit, log file."""
    told = suite.pytester.path / "told"
    told.unlink(missing_ok=True)
    result = suite.again("--junitxml=out.xml", "-rA", "--log-file=out.log", "--memwatch-clear=growth", *arguments)
    terminal = [re.sub(r"[\d.]+s |=", "", line) for line in result.outlines if not line.startswith("tt-memwatch")]
    cases = ElementTree.parse(suite.pytester.path / "out.xml").iter("testcase")
    junit = [{key: value for key, value in case.attrib.items() if key != "time"} for case in cases]
    properties = [p.attrib for p in ElementTree.parse(suite.pytester.path / "out.xml").iter("property")]
    log = re.sub(r"0x[0-9a-f]+", "", (suite.pytester.path / "out.log").read_text())
    return result.ret, terminal, told.read_text().splitlines(), junit, properties, log


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-s", "-x"),
        ("--capture=tee-sys", "--setup-show"),
        ("--log-cli-level=ERROR", "-p", "no:warnings"),
    ],
    ids=" ".join,
)
def test_with_repeats_a_run_reports_what_it_reports_without(suite, engine, arguments):
    suite.conftest(TELLTALE)
    suite.write(test_it=TEST)
    plain, repeated = reported(suite, *arguments), reported(suite, CONFIRM, *arguments)
    for without, with_repeats in zip(plain, repeated, strict=True):
        assert with_repeats == without
    numbers = [m["repeat"] for m in engine.messages() if m["kind"] == "test-begin" and m["test"].endswith("test_it")]
    assert numbers == [0, 0, 1, 2]


def test_subtests_of_a_repeat_are_not_reported(suite, engine):
    pytest.importorskip("_pytest.subtests", reason="subtests come with pytest 9")
    result = suite.run(
        """
        KEPT = []
        def test_it(device, subtests):
            KEPT.append(zeros(device))
            for part in range(2):
                with subtests.test(part=part):
                    assert len(KEPT) == 1
        """,
        CONFIRM,
        "-q",
    )
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*1 passed, 2 subtests passed*"])
    assert engine.outcome("test_it.py::test_it")[0] == "passed"


def test_what_failed_in_a_repeat_is_not_run_by_last_failed(suite, engine):
    suite.write(test_it="KEPT = []\ndef test_it(device):\n    KEPT.append(zeros(device))\n    assert len(KEPT) == 1")
    suite.again(CONFIRM, "-p", "cacheprovider")
    assert len(engine.outcome("test_it.py::test_it")) == 3
    assert not (suite.pytester.path / ".pytest_cache/v/cache/lastfailed").exists()


def test_a_repeat_that_fails_is_not_run_again_by_a_plugin_for_reruns(suite, engine):
    suite.run(
        "KEPT = []\ndef test_it(device):\n    KEPT.append(zeros(device))\n    assert len(KEPT) == 1",
        CONFIRM,
        "--reruns=3",
    ).assert_outcomes(passed=1)
    assert engine.outcome("test_it.py::test_it") == ["passed", "failed", "failed"]


def test_filters_for_warnings_hold_in_a_repeat(suite, engine):
    suite.run(
        """
        import warnings
        KEPT = []
        @pytest.mark.filterwarnings("error:loud")
        def test_it(device):
            KEPT.append(zeros(device))
            with pytest.raises(UserWarning):
                warnings.warn("loud")
        """,
        CONFIRM,
    )
    assert engine.outcome("test_it.py::test_it") == ["passed"] * 3

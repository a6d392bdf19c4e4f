"""Limits and modes: marker over command line over environment over ini."""

import json
from pathlib import Path

import pytest

from conftest import ZEROS_BYTES
from tt_memwatch.limits import Limits
from tt_memwatch.sizes import format_size, parse_size

#: How options are read does not depend on versions.
pytestmark = pytest.mark.one_version

KEEPS = """
KEPT = []
def test_it(device):
    KEPT.append(zeros(device))
"""


#: The engine's tests read the same table.
SIZES = json.loads((Path(__file__).parents[3] / "fixtures" / "sizes.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "size"), SIZES["read"])
def test_sizes_are_read_as_people_write_them(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", SIZES["refused"])
def test_what_is_no_size_is_named(text):
    with pytest.raises(ValueError, match="is not a size; wanted"):
        parse_size(text)


@pytest.mark.parametrize(("size", "text"), SIZES["written"])
def test_sizes_are_written_for_people(size, text):
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("limits", "excess"),
    [
        (Limits(), {"DRAM": 100, "L1": 10}),
        (Limits(total=110), {}),
        (Limits(total=109), {"DRAM": 100, "L1": 10}),
        (Limits(per_type={"DRAM": 100}), {"L1": 10}),
        (Limits(per_type={"DRAM": 99, "L1": 10}), {"DRAM": 100}),
        (Limits(total=110, per_type={"DRAM": 0}), {"DRAM": 100}),
    ],
)
def test_a_limit_of_a_type_goes_before_the_limit_of_all(limits, excess):
    assert limits.excess({"DRAM": 100, "L1": 10}) == excess


def limits_of(engine):
    return next(m["limits"] for m in engine.messages() if m["kind"] == "test-begin")


def test_each_source_overrides_the_one_below_it(suite, engine, monkeypatch):
    suite.pytester.makeini(
        "[pytest]\nmemwatch_limit = 1 KB\nmemwatch_dram = 1 KB\nmemwatch_l1 = 1 KB\nmemwatch_trace_limit = 1 KB\n"
    )
    monkeypatch.setenv("TT_MEMWATCH_DRAM", "2 KB")
    monkeypatch.setenv("TT_MEMWATCH_L1", "2 KB")
    monkeypatch.setenv("TT_MEMWATCH_LIMIT", "2 KB")
    monkeypatch.setenv("TT_MEMWATCH_DRAM_PEAK", "2 KB")
    suite.run(
        """
        @pytest.mark.memwatch(limit="4 KB", peak="4 KB", reason="a rope table")
        def test_it(device):
            pass

        @pytest.mark.memwatch(skip=True, peak="4 KB")
        def test_that_is_not_measured(device):
            pass
    """,
        "--memwatch-l1=3 KB",
        "--memwatch-limit=3 KB",
        "--memwatch-l1-core-peak=3 KB",
    ).assert_outcomes(passed=2)
    assert limits_of(engine) == {"total": 4096, "perType": {"DRAM": 2048, "L1": 3072, "TRACE": 1024}}
    [begin, unmeasured] = [m for m in engine.messages() if m["kind"] == "test-begin"]
    assert "peaks" not in unmeasured
    assert begin["peaks"] == {"total": 4096, "perType": {"DRAM": 2048}, "l1PerCore": 3072}
    assert next(m["reason"] for m in engine.messages() if m["kind"] == "test-begin") == "a rope table"


def old_names(engine):
    return [(message["was"], message["now"]) for message in engine.messages() if message["kind"] == "old-name"]


@pytest.mark.parametrize(
    ("source", "was", "now"),
    [
        ("cli", "--memwatch-trace", "--memwatch-trace-limit"),
        ("env", "TT_MEMWATCH_TRACE", "TT_MEMWATCH_TRACE_LIMIT"),
        ("ini", "memwatch_trace", "memwatch_trace_limit"),
    ],
)
def test_the_limit_of_trace_goes_by_its_old_name_too_which_is_said(suite, engine, monkeypatch, source, was, now):
    if source == "env":
        monkeypatch.setenv("TT_MEMWATCH_TRACE", "1 KB")
    if source == "ini":
        suite.pytester.makeini("[pytest]\nmemwatch_trace = 1 KB\n")
    given = ["--memwatch-trace=1 KB"] if source == "cli" else []
    suite.run("def test_it(device):\n    pass", *given).assert_outcomes(passed=1)
    assert limits_of(engine)["perType"] == {"TRACE": 1024}
    assert old_names(engine) == [(was, now)]
    monkeypatch.delenv("TT_MEMWATCH_SOCKET")
    result = suite.again(*given)
    result.stdout.fnmatch_lines([f"tt-memwatch: {was} is called {now} now; the old name still works"])


def test_a_marker_goes_by_its_old_name_too_which_is_said_once(suite, engine, monkeypatch):
    suite.run("""
        @pytest.mark.memwatch(trace="1 KB")
        def test_old(device):
            pass
        @pytest.mark.memwatch(trace="1 KB", trace_limit="2 KB")
        def test_both(device):
            pass
    """).assert_outcomes(passed=2)
    begins = [message for message in engine.messages() if message["kind"] == "test-begin"]
    assert [begin["limits"]["perType"] for begin in begins] == [{"TRACE": 1024}, {"TRACE": 2048}]
    assert old_names(engine) == [("memwatch(trace=...)", "memwatch(trace_limit=...)")]
    monkeypatch.delenv("TT_MEMWATCH_SOCKET")
    said = [line for line in suite.again().outlines if "is called" in line]
    assert said == [
        "tt-memwatch: memwatch(trace=...) is called memwatch(trace_limit=...) now; the old name still works"
    ]


@pytest.mark.parametrize(
    ("source", "mode"), [("cli", "never"), ("env", "growth"), ("ini", "growth"), ("none", "always")]
)
def test_the_clear_mode_comes_from_any_source(suite, engine, monkeypatch, source, mode):
    if source == "env":
        monkeypatch.setenv("TT_MEMWATCH_CLEAR", mode)
    if source == "ini":
        suite.pytester.makeini(f"[pytest]\nmemwatch_clear = {mode}\n")
    suite.run_without_ttnn(*([f"--memwatch-clear={mode}"] if source == "cli" else []))
    assert engine.messages()[0]["clear"] == mode


def test_bad_options_are_usage_errors_that_name_the_value(suite, monkeypatch):
    suite.pytester.makeini("[pytest]\nmemwatch_pace = slow\n")
    for name, value, said in [
        (None, None, "memwatch_pace is 'slow'; wanted one of auto, each"),
        ("EXPLAIN", "maybe", "TT_MEMWATCH_EXPLAIN is 'maybe'; wanted yes or no"),
        ("CONFIRM", "\u0663", "TT_MEMWATCH_CONFIRM is '\u0663'; wanted a number of repeats from 0 to 100"),
        ("CLEAR", "sometimes", "TT_MEMWATCH_CLEAR is 'sometimes'; wanted one of always, growth, never"),
        ("DRAM", "many", "TT_MEMWATCH_DRAM: 'many' is not a size; wanted e.g. '4096', '64 KB' or '1.5 MB' *"),
    ]:
        if name is not None:
            monkeypatch.setenv(f"TT_MEMWATCH_{name}", value)
        result = suite.run_without_ttnn()
        assert result.ret == 4
        result.stderr.fnmatch_lines([f"*{said}*"])
    suite.again("--memwatch-dram=x").stderr.fnmatch_lines(["*--memwatch-dram: 'x' is not a size; *"])


def test_a_bad_marker_is_said_with_its_line_and_costs_nothing_else(suite, engine, monkeypatch):
    suite.run("""
        @pytest.mark.memwatch(dram_limt="1 MB", reason=lambda: 0)
        def test_it(device):
            pass
        @pytest.mark.memwatch(limit="1 KB")
        def test_next(device):
            pass
    """).assert_outcomes(passed=2)
    [told] = [m for m in engine.messages() if m["kind"] == "not-checked"]
    assert told["mark"] == {"file": "test_it.py", "line": 5}
    assert told["reason"] == (
        "its marker memwatch cannot be read, so what it left is not judged: there is no argument dram_limt (did you "
        "mean dram?); reason is a value of type function (wanted a text of up to 5,000 characters, such as "
        "reason='fills the rope table once')"
    )
    assert engine.moments("test_it.py::test_it")[-1] == "after-clear"
    assert engine.outcome("test_it.py::test_next") == ["passed"]
    monkeypatch.delenv("TT_MEMWATCH_SOCKET")
    suite.again("-n", "1").stdout.fnmatch_lines(["tt-memwatch: test_it.py:5: its marker memwatch cannot be read, *"])


def test_skip_leaves_a_test_unmeasured_and_unfailed(suite, engine):
    suite.run(
        """
        KEPT = []
        @pytest.mark.memwatch(skip=True, reason="loads the model for all")
        def test_it(shared_device):
            KEPT.append(zeros(shared_device))
        def test_next(shared_device):
            pass
    """,
        "--memwatch-fail",
    ).assert_outcomes(passed=2)
    assert engine.reasons("test_it.py::test_it") == ["skipped by its marker: loads the model for all"]
    assert engine.growth("test_it.py::test_next") == {}


def test_green_tests_stay_green_unless_failing_is_asked_for(suite):
    suite.run(f"""
        KEPT = []
        @pytest.mark.memwatch(limit={ZEROS_BYTES - 1})
        def test_over(device):
            KEPT.append(zeros(device))
        @pytest.mark.memwatch(limit={ZEROS_BYTES})
        def test_at(device):
            KEPT.append(zeros(device))
        def test_it(device):
            KEPT.append(zeros(device))
    """).assert_outcomes(passed=3, errors=0)
    result = suite.again("--memwatch-fail")
    result.assert_outcomes(passed=3, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_over*",
            "*ERROR at teardown of test_it*",
            "*tt-memwatch: the test left 24.0 KB DRAM on device 0 of device memory (--memwatch-fail)*",
        ]
    )


def test_a_test_whose_marker_cannot_be_read_is_not_failed_for_what_it_left(suite):
    unread = KEEPS.replace("def test", '@pytest.mark.memwatch(limit="lots")\ndef test', 1)
    suite.run(unread, "--memwatch-fail").assert_outcomes(passed=1, errors=0)


def test_help_and_markers_document_every_option(suite):
    shown = suite.pytester.runpytest_subprocess("-p", "tt_memwatch.plugin", "--help").stdout.str()
    for name in ("clear", "limit", "dram", "l1", "l1-small", "trace-limit", "fail"):
        assert f"--memwatch-{name}" in shown
        assert f"TT_MEMWATCH_{name.upper().replace('-', '_')}" in shown
    assert "memwatch_devices" in shown
    shown = suite.pytester.runpytest_subprocess("-p", "tt_memwatch.plugin", "--markers").stdout.str()
    assert '@pytest.mark.memwatch(limit="1 MB", dram="0", l1="64 KB"' in shown

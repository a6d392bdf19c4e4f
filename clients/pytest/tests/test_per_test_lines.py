"""Lines that are put together by hand are those that a JSON encoder would make."""

import json

import pytest

from tt_memwatch.per_test_lines import CONTEXT_LINES, begin_line, end_line, json_fields, unchanged_line

NAMES = ("t.py::a", 't.py::a["\\]', "t.py::a[\n\x00\x7f]", "t.py::a[ü]", "t.py::a[\udcff]")


def read(line):
    assert line.endswith("\n") and line.count("\n") == 1
    return json.loads(line)


@pytest.mark.one_version
@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("host", [None, 4096])
def test_the_lines_around_a_test(name, host):
    of_host = {} if host is None else {"hostBytes": host}
    options = {"repeat": 0, "limits": {"total": None, "perType": {"DRAM": 7}}, "reason": 'it says "so"'}
    begin = {"kind": "test-begin", "test": name, "attempt": 2, "base": "t.py::a", "index": 3, **options, **of_host}
    assert read(begin_line(name, 2, "t.py::a", 3, json_fields(options), host)) == begin
    end = {"kind": "test-end", "test": name, "attempt": 2, "outcome": "passed", "durationMs": 12.346, "atNs": 5}
    assert read(end_line(name, 2, "passed", 12.3456, 5, host)) == {**end, **of_host}


@pytest.mark.one_version
@pytest.mark.parametrize("phase", ["setup", "call", "teardown", None])
def test_the_lines_within_a_test(phase):
    context = {"kind": "context", "number": 512, "group": 2, "phase": phase, "fixture": None, "atNs": 5}
    assert read(CONTEXT_LINES[phase] % (512, 2, 5)) == context
    assert read(unchanged_line(1, "before")) == {"kind": "unchanged", "device": 1, "moment": "before"}

"""Lines that are put together by hand, in Python and natively, are those that a JSON encoder would make."""

import json

import pytest

from tt_memwatch.per_test_lines import begin_line, context_line, end_line, json_fields, unchanged_line

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
    assert read(context_line(phase, 512, 2, 5)) == context
    assert read(unchanged_line(1, "before")) == {"kind": "unchanged", "device": 1, "moment": "before"}


#: What differs from run to run.
OF_THE_RUN = ("atNs", "durationMs", "hostBytes", "pid", "unsent", "ring", "rootDir")

#: Looks of all kinds, and names of tests that take escaping.
SUITE = """
    from tt_memwatch.devices import allocator
    from tt_memwatch.engine import _engines
    allocator._ASK_EVERY_S, allocator._ASK_SHARE = float("inf"), float("inf")
    KEPT = []
    @pytest.mark.parametrize("name", ["plain", 'a"\\\\', "\u00fc", "\\udcff"])
    def test_frees(shared_device, name):
        zeros(shared_device)
    @pytest.mark.parametrize("n", range(3))
    def test_nothing(n):
        pass
    def test_leaves(shared_device):
        KEPT.append(zeros(shared_device))
    def test_frees_what_was_left(shared_device):
        KEPT.clear()
    @pytest.fixture
    def tensor(shared_device):
        yield zeros(shared_device)
    def test_own_fixture(tensor):
        pass
    @pytest.mark.memwatch(limit="1 MB", reason='says "so"')
    def test_marked(shared_device):
        zeros(shared_device)
    def test_fails(shared_device):
        kept = zeros(shared_device)
        assert False
    def test_skips(shared_device):
        pytest.skip("no")
    @pytest.mark.xfail
    def test_xfails(shared_device):
        zeros(shared_device)
        assert False
    @pytest.mark.xfail
    def test_xpasses(shared_device):
        zeros(shared_device)
    def test_cached(shared_device):
        a = zeros(shared_device)
        ttnn.add(a, a)
    def test_registers(shared_device, memwatch_before_look):
        memwatch_before_look(lambda devices: KEPT.clear())
        KEPT.append(zeros(shared_device))
    def test_who_writes():
        print("written by", {type(engine.writer).__name__ for engine in _engines})
"""


@pytest.mark.parametrize("mode", ["growth", "always"])
def test_both_ways_say_the_same(suite, engine, monkeypatch, tmp_path, mode):
    monkeypatch.setenv("TT_MEMWATCH_TRACER_DIR", str(tmp_path))
    said = {}
    for native, writer in (("on", "NativeWriter"), ("off", "NoWriter")):
        monkeypatch.setenv("TT_MEMWATCH_NATIVE_MESSAGES", native)
        engine.connections.clear()
        result = suite.run(SUITE, f"--memwatch-clear={mode}", "-rP")
        result.assert_outcomes(passed=14, failed=1, skipped=1, xfailed=1, xpassed=1)
        assert f"written by {{'{writer}'}}" in result.stdout.str()
        said[writer] = [{k: v for k, v in m.items() if k not in OF_THE_RUN} for m in engine.messages()]
    assert sum(m["kind"] == "unchanged" for m in said["NativeWriter"]) > 20
    assert said["NativeWriter"] == said["NoWriter"]

"""Subtests are told to the tracer as they begin and end, and nobody sees that."""

import re

import pytest

UNITTEST = """
    import unittest
    KEPT = []
    class TestCases(unittest.TestCase):
        def test_cases(self):
            self.device = ttnn.open_device(device_id=0)
            self.addCleanup(ttnn.close_device, self.device)
            for rows in (32, 64):
                with self.subTest("rows", rows=rows):
                    KEPT.append(zeros(self.device, rows, 64))
                    with self.subTest(inner=object()):
                        assert rows != 64
            KEPT.append(zeros(self.device))
"""


def subtests(engine, test):
    return [m.get("subtest") for m in engine.tests()[test] if m["kind"] == "context" and m["phase"] == "call"]


@pytest.fixture
def traced(monkeypatch, tmp_path):
    monkeypatch.setenv("TT_MEMWATCH_TRACER_DIR", str(tmp_path))


def test_subtests_of_unittest_are_told_by_their_names(suite, engine, traced):
    suite.run(UNITTEST)
    told = subtests(engine, "test_it.py::TestCases::test_cases")
    names = [f"[rows] (rows={rows}){inner}" for rows in (32, 64) for inner in ("", " > (inner=<object>)")]
    # Where a context was entered before, the tracer goes back to it.
    assert told == [None, *names]


@pytest.mark.skipif(not hasattr(pytest, "Subtests"), reason="its pytest has none")
def test_subtests_of_pytest_are_told_by_their_names(suite, engine, traced):
    suite.run(
        """
        def test_cases(device, subtests):
            with subtests.test("decode", seq=128, dtype=ttnn.bfloat16):
                with subtests.test(msg="inner"):
                    assert False
            for number in range(200):
                with subtests.test(number=number):
                    pass
        """
    )
    told = subtests(engine, "test_it.py::test_cases")
    assert told[:4] == [
        None,
        "[decode] (seq=128, dtype=DataType.BFLOAT16)",
        "[decode] (seq=128, dtype=DataType.BFLOAT16) > [inner]",
        "(number=0)",
    ]
    assert told[-1] == "(one of the later subtests)"
    groups = {m["group"] for m in engine.tests()["test_it.py::test_cases"] if m["kind"] == "context" and m["phase"]}
    assert len(groups) == 1


@pytest.mark.parametrize("arguments", [(), ("--tb=long", "-rA"), ("-x", "--tb=native")])
def test_what_pytest_says_of_subtests_is_as_without_us(suite, monkeypatch, tmp_path, arguments):
    text = UNITTEST
    if hasattr(pytest, "Subtests"):
        text += """
    def test_cases(subtests):
        for number in range(3):
            with subtests.test("n", number=number):
                assert number != 1
        with subtests.test():
            pytest.skip("now")
        assert type(subtests.test()).__name__ == "_SubTestContextManager"
"""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    without = suite.run(text, "-q", *arguments, "-p", "no:tt_memwatch.plugin").stdout.lines
    monkeypatch.setenv("TT_MEMWATCH_TRACER_DIR", str(tmp_path))
    monkeypatch.setenv("TT_MEMWATCH_CLEAR", "growth")
    assert not [line for line in without if "memwatch" in line]
    told = suite.again("-q", *arguments).stdout.lines
    assert "\n".join(_own(told)) == "\n".join(_own(without))


def _own(lines):
    """Without how long it took, addresses, and what we say."""
    kept = [line for line in lines if "memwatch" not in line and "MEMWATCH" not in line and "  left " not in line]
    return [re.sub(r"0x[0-9a-f]+|in [0-9.]+s", "", line) for line in kept]

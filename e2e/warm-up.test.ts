import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder, makeSuite, programOf, readReport, run, TENSOR_BYTES, VERSIONS } from "./run-harness.ts";

const SUITE = makeSuite({
  "test_a.py": `
import unittest
import pytest
import ttnn

KEPT, WEIGHTS, CALLS = [], {}, []

@pytest.mark.memwatch(warm_up=1)
def test_loads_once(tensor):
    if "w" not in WEIGHTS:
        WEIGHTS["w"] = tensor()

@pytest.mark.memwatch(warm_up=2)
def test_grows(tensor):
    WEIGHTS.setdefault("g", tensor())
    KEPT.append(tensor())

@pytest.mark.memwatch(warm_up=1)
def test_passes_once(tensor):
    CALLS.append(tensor())
    assert len(CALLS) == 1

class TestCases(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _tensor(self, tensor):
        self.tensor = tensor

    def test_cases(self):
        for seq in (128, 256):
            with self.subTest("decode", seq=seq):
                KEPT.extend(self.tensor() for _ in range(seq // 128))
        with self.subTest("frees"):
            self.tensor()
        KEPT.append(self.tensor())

    def test_one(self):
        with self.subTest("prefill"):
            KEPT.append(self.tensor())
`,
});

for (const version of VERSIONS) {
  test(`what a warm test leaves is reported, and in which subtest, on ttnn ${version}`, async () => {
    const file = join(makeFolder(), "report.json");
    const end = await run(["--json", file], [programOf(version, "pytest"), "-q", "-rA"], { cwd: SUITE });
    assert.match(end.stdout, /\n5 passed/);
    const { findings, run: summary } = readReport(file);
    const told = findings.map(({ test: name, attempt, sizeBytes, holders, warmUp, subtests }) => {
      return [name?.replace("test_a.py::", ""), attempt, sizeBytes, holders, warmUp?.problem, subtests];
    });
    const problem = "it ended as passed, and as failed in its run 2";
    const share = (subtest: string, buffers: number) => ({ subtest, buffers, sizeBytes: buffers * TENSOR_BYTES });
    assert.deepEqual(told.toSorted(), [
      [
        "TestCases::test_cases",
        1,
        4 * TENSOR_BYTES,
        ["test_a.KEPT[3]", "test_a.KEPT[4]", "test_a.KEPT[5]", "test_a.KEPT[6]"],
        undefined,
        [share("[decode] (seq=256)", 2), share("[decode] (seq=128)", 1)],
      ],
      ["TestCases::test_one", 1, TENSOR_BYTES, ["test_a.KEPT[7]"], undefined, [share("[prefill]", 1)]],
      ["test_grows", 1, TENSOR_BYTES, ["test_a.KEPT[2]"], null, []],
      ["test_passes_once", 1, TENSOR_BYTES, ["test_a.CALLS[0]"], problem, []],
    ]);
    const cases = findings.find(({ test: name }) => name === "test_a.py::TestCases::test_cases");
    const inside = cases?.buffers.map(({ allocated }) => allocated?.subtest).toSorted();
    assert.deepEqual(inside, ["[decode] (seq=128)", "[decode] (seq=256)", "[decode] (seq=256)", null]);
    assert.match(end.stdout, /\n +in subtest \[prefill\]\n/);
    assert.match(end.stdout, /in 2 subtests: \[decode\] \(seq=256\) 48\.0 KB; \[decode\] \(seq=128\) 24\.0 KB\n/);
    assert.deepEqual([summary.repeatedTests, summary.tests.checked], [0, 5]);
  });
}

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder, makeSuite, programOf, readReport, run, TENSOR_BYTES, VERSIONS } from "./run-harness.ts";

const SUITE = makeSuite({
  "test_a.py": `
import pytest

CACHE, WEIGHTS, CALLS = [], {}, []

def test_caches(tensor):
    CACHE.append(tensor())

def test_loads_once(tensor):
    if "w" not in WEIGHTS:
        WEIGHTS["w"] = tensor()

class TestAttribute:
    def test_keeps(self, tensor):
        self.kept = tensor()

@pytest.mark.memwatch(unsafe=True)
def test_unsafe(tensor):
    CACHE.append(tensor())

def test_passes_once(tensor):
    CACHE.append(tensor())
    CALLS.append(1)
    assert len(CALLS) == 1

@pytest.fixture(scope="module")
def table(device):
    return []

def test_fills_the_table(table, tensor):
    table.append(tensor())
`,
});

for (const version of VERSIONS) {
  test(`--confirm tells what grows from what is kept once, on ttnn ${version}`, async () => {
    const file = join(makeFolder(), "report.json");
    const end = await run(["--confirm", "--json", file], [programOf(version, "pytest"), "-q"], { cwd: SUITE });
    assert.equal(end.exitCode, 1, end.stderr);
    assert.match(end.stdout, /\n6 passed/);
    assert.match(
      end.stdout,
      /LEAK +test_a\.py::test_caches[\s\S]*?It left 24\.0 KB and grew in 2 of 2 repeats: 24\.0 KB, 24\.0 KB/,
    );
    assert.match(end.stdout, /6 checked, .*; 5 repeated to confirm what they left/);
    const { findings, run: summary } = readReport(file);
    const told = findings.map(({ test: name, verdict, sizeBytes, repeats }) => [name, verdict, sizeBytes, repeats]);
    const [grew, kept] = [
      [TENSOR_BYTES, TENSOR_BYTES, TENSOR_BYTES],
      [TENSOR_BYTES, 0, 0],
    ];
    assert.deepEqual(told.toSorted(), [
      ["test_a.py::TestAttribute::test_keeps", "leak", TENSOR_BYTES, grew],
      ["test_a.py::test_caches", "leak", TENSOR_BYTES, grew],
      ["test_a.py::test_fills_the_table", "leak", TENSOR_BYTES, grew],
      ["test_a.py::test_loads_once", "retained", TENSOR_BYTES, kept],
      ["test_a.py::test_passes_once", "leak", TENSOR_BYTES, grew],
      ["test_a.py::test_unsafe", "suspect", TENSOR_BYTES, []],
    ]);
    assert.deepEqual(
      findings.find(({ test: name }) => name === "test_a.py::test_fills_the_table")?.fixture?.name,
      "table",
    );
    assert.equal(summary.repeatedTests, 5);
    assert.equal(summary.tests.checked, 6);
  });
}

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder, makeSuite, NEWEST, programOf, readReport, run } from "./run-harness.ts";

/** Each worker of pytest-xdist has one of these files: what one process keeps is no matter of the other. */
const SUITE = makeSuite({
  "test_climb.py": `
import pytest
KEPT = []
@pytest.mark.parametrize("number", range(40))
def test_it(number):
    KEPT.append(b"x" * ((8 if number == 33 else 4) * 2**20))
`,
  "test_once.py": `
import pytest
KEPT = []
@pytest.mark.parametrize("number", range(40))
def test_it(number):
    passing = b"x" * (number % 5 * 2**24)
    if number == 20:
        KEPT.append(b"x" * 2**28)
`,
});

test("of two processes the one is named whose host memory grows with its tests", async () => {
  const json = join(makeFolder(), "report.json");
  const pytest = [programOf(NEWEST, "pytest"), "-q", "-p", "no:cacheprovider", "-n", "2", "--dist=loadfile", SUITE];
  const end = await run(["--json", json], pytest, { cwd: SUITE });
  const report = readReport(json);
  const warnings = report.run.warnings.filter((warning) => warning.startsWith("host memory grew"));
  assert.equal(warnings.length, 1, report.run.warnings.join("\n"));
  assert.match(warnings[0] ?? "", /in 30 of them, most in test_climb\.py::test_it\[33\] \(8\.\d MB\)/);
  assert.match(end.stdout, /host memory grew with the\s+tests/);
  const workers = report.run.processes.filter(({ role }) => role === "worker");
  assert.deepEqual(workers.map(({ host }) => host?.growsWithTests).toSorted(), [false, true]);
  const kept = report.tests.map(({ host }) => (host?.afterBytes ?? 0) - (host?.beforeBytes ?? 0));
  assert.equal(kept.filter((sizeBytes) => sizeBytes > 200 * 2 ** 20).length, 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { finding, runReport, testReport } from "../../../fixtures/report/builders.ts";
import type { Finding } from "../../../src/core/model/finding.ts";
import { NO_EXTRAS, pageData } from "../../../src/out/report/html/page-data.ts";
import { compareGroups, compareRuns } from "./compare-instants.ts";

const group = (name: string, sizeBytes: number) => ({ name, sizeBytes, rows: [] });

test("what came, went, grew and shrank between two instants, the largest change first; not what is the same", () => {
  const before = [group("gone", 40), group("grew", 1), group("same", 9), group("shrank", 9)];
  const after = [group("grew", 11), group("same", 9), group("shrank", 4), group("new", 20)];
  assert.deepEqual(compareGroups(before, after), [
    { name: "gone", beforeBytes: 40, afterBytes: 0 },
    { name: "new", beforeBytes: 0, afterBytes: 20 },
    { name: "grew", beforeBytes: 1, afterBytes: 11 },
    { name: "shrank", beforeBytes: 9, afterBytes: 4 },
  ]);
});

const origin = (line: number) => ({ operation: null, file: "help.py", line, function: "keep", testLine: null });
const KEPT = { test: "t.py::a[1]", signature: "v2:dram:a:0123456789ab", origin: origin(4) };
/** The page of a run with that finding. */
const pageOf = (left: Partial<Finding>, test = "t.py::a[1]") =>
  pageData(
    runReport({ tests: [testReport(test), testReport("v.py::other")], findings: [finding({ ...KEPT, ...left })] }),
    NO_EXTRAS,
  );

for (const [what, after, changes] of [
  ["a line that moved", pageOf({ origin: origin(5) }), ["same"]],
  ["a file that was renamed", pageOf({ test: "u.py::a[1]" }, "u.py::a[1]"), ["same"]],
  ["a suspect that became a leak", pageOf({ verdict: "suspect" }), ["same"]],
  ["a later version's signature", pageOf({ signature: "v3", earlierSignatures: [KEPT.signature] }), ["same"]],
  ["more of the same", pageOf({ sizeBytes: 10 ** 9 }), ["grew"]],
  ["another signature", pageOf({ signature: "v2:dram:a:ffffffffffff" }), ["new", "gone"]],
  ["a verdict on what is not left behind", pageOf({ verdict: "retained" }), ["gone"]],
  ["a test that was not run", pageOf({ verdict: "retained" }, "t.py::b"), ["not-checked"]],
] as const) {
  test(`two runs are joined by signature: ${what} is ${changes.join(" and ")}`, () => {
    assert.deepEqual(
      compareRuns(pageOf({}), after).map(({ change }) => change),
      changes,
    );
  });
}

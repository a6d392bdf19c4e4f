import assert from "node:assert/strict";
import { it } from "node:test";
import { finding, processReport, runReport, testReport } from "../../../fixtures/report/builders.ts";
import { REPORTS } from "../../../fixtures/report/reports.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { outcomeOf } from "./run-outcome.ts";

const checked = testReport("t");
const OTHER = { pid: 7, records: 3, lost: 0, allocated: 2, live: 1 };
/** The report of a run whose pytest collected nothing. */
const collected = (exitStatus: number): RunReport =>
  runReport({ run: { processes: [processReport({ exitStatus })], commandExitCode: exitStatus } });
const lost = [{ pid: 1, worker: null, test: "t", refusal: null, live: [] }];
const refused = lost.map((each) => ({ ...each, refusal: "why" }));
const stale = finding({ verdict: "fixed", test: null });
const cases: readonly (readonly [string, RunReport, string, RegExp])[] = [
  ["one failing finding", runReport({ tests: [checked], findings: [finding()] }), "fails", /^1 finding fails$/],
  ["a failing finding where nothing was checked", runReport({ findings: [finding()] }), "fails", /^1 finding fails$/],
  [
    "findings that do not fail",
    runReport({ tests: [checked], findings: [finding({ fails: false })] }),
    "clean",
    /^clean: 1 test checked, no finding fails$/,
  ],
  [
    "a test that was not checked",
    runReport({ tests: [checked, testReport("u", { state: "not-checked" })] }),
    "incomplete",
    /^no finding fails in 1 test, but 1 test was not checked$/,
  ],
  [
    "a process that allocated for nobody knows whom",
    runReport({ tests: [checked], run: { otherTraced: [{ ...OTHER, isChecked: false }] } }),
    "incomplete",
    /^no finding fails in 1 test, but 1 process was not checked$/,
  ],
  [
    "another process that was checked",
    runReport({ tests: [checked], run: { otherTraced: [{ ...OTHER, isChecked: true }] } }),
    "clean",
    /^clean/,
  ],
  ["warnings", runReport({ tests: [checked], run: { warnings: ["a", "b"] } }), "clean", /with 2 warnings$/],
  ["a lost process", runReport({ tests: [checked], run: { lost } }), "incomplete", /1 of 1 process ended early$/],
  [
    "a process that was refused",
    runReport({ tests: [checked], run: { lost: refused } }),
    "incomplete",
    /incomplete: what 1 of 1 process said was refused$/,
  ],
  ["a process refused before any test ended", runReport({ run: { lost: refused } }), "nothing-checked", /was refused$/],
  ["a process lost before any test ended", runReport({ run: { lost } }), "nothing-checked", /ended before a test did/],
  ["no pytest", runReport({ run: { processes: [] } }), "nothing-checked", /no pytest process reported in/],
  [
    "only refused connections",
    runReport({ run: { processes: [], refused: ["x"] } }),
    "nothing-checked",
    /every connection was refused/,
  ],
  [
    "a clean run of which the report ends early",
    runReport({ tests: [checked], run: { commandExitCode: null } }),
    "incomplete",
    /^no finding fails in 1 test, but the report ends before the run did$/,
  ],
  [
    "a recording that ends before pytest began",
    runReport({ run: { processes: [], commandExitCode: null } }),
    "nothing-checked",
    /^nothing was checked: the report ends before the run did, and no test had been checked by then$/,
  ],
  ["no test", runReport(), "nothing-checked", /no test ran$/],
  ["tests that could not be imported", collected(2), "nothing-checked", /could not collect.*\(its exit status is 2\)$/],
  ["a path that is not there", collected(4), "nothing-checked", /could not collect.*\(its exit status is 4\)$/],
  ["no test that is selected", collected(5), "nothing-checked", /no test ran$/],
  [
    "a conftest.py that cannot be imported",
    runReport({ run: { processes: [], command: ["pytest", "tests"], commandExitCode: 4 } }),
    "nothing-checked",
    /pytest could not start \(its exit status is 4\)$/,
  ],
  [
    "no device",
    runReport({ tests: [testReport("t", { state: "no-device" })] }),
    "nothing-checked",
    /none of 1 test used a device/,
  ],
  ["a reason", REPORTS["nothing-checked"] ?? runReport(), "nothing-checked", /No module named 'ttnn'$/],
];
for (const [title, report, kind, headline] of cases) {
  it(`with ${title} the run is "${kind}"`, () => {
    const outcome = outcomeOf(report);
    assert.equal(outcome.kind, kind);
    assert.match(outcome.headline, headline);
    assert.match(outcome.next, /[.:]$/);
  });
}

it("points to pytest's own output where that says why no test ran", () => {
  for (const status of [1, 2, 3, 4]) assert.equal(outcomeOf(collected(status)).next, "Its own output says why.");
  assert.equal(outcomeOf(collected(5)).next, "Check which tests the command selects.");
  const made = { processes: [], command: ["make", "test"], commandExitCode: 2 };
  assert.match(outcomeOf(runReport({ run: made })).next, /^See the command's own output first\. Use a command/);
});

it("gives a command that can be pasted for the gravest finding of a test", () => {
  const findings = [finding({ test: null, sizeBytes: 1e9 }), finding({ test: "a.py::t[it's]" })];
  assert.equal(outcomeOf(runReport({ findings })).command, "tt-memwatch run -- pytest 'a.py::t[it'\\''s]'");
  assert.equal(outcomeOf(runReport({ findings: findings.slice(0, 1) })).command, null);
});

it("reminds that the command itself failed", () => {
  const run = { commandExitCode: 4, processes: [processReport()] };
  assert.match(outcomeOf(runReport({ tests: [checked], run })).next, /exited with 4/);
});

it("says after a crash how to run the test alone that was lost", () => {
  const run = { lost, commandExitCode: 139 };
  const { next, command } = outcomeOf(runReport({ tests: [checked], run }));
  assert.equal(next, "Fix the crash; tests after it were not checked. To run the lost test alone:");
  assert.equal(command, "tt-memwatch run -- pytest t");
});

it("asks to fix no crash where the connection was refused", () => {
  const { next, command } = outcomeOf(runReport({ tests: [checked], run: { lost: refused } }));
  assert.match(next, /^The report says why;.* report it to us\.$/);
  assert.equal(command, null);
});

for (const [signal, commandExitCode] of [
  ["SIGTERM", 143],
  ["SIGINT", 130],
  ["SIGKILL", 137],
] as const) {
  it(`says who ended the run where ${signal} did, and asks to fix no crash`, () => {
    const { next, command } = outcomeOf(runReport({ tests: [checked], run: { lost, commandExitCode } }));
    assert.match(next, new RegExp(`^${signal} ended the command, sent by .*: the tests after it were not checked\\.$`));
    assert.equal(command, null);
  });
}

it("where only suppressions that match nothing fail, says to take them out", () => {
  const { headline, next } = outcomeOf(runReport({ tests: [checked], findings: [stale] }));
  assert.deepEqual(
    [headline, next],
    ["1 finding fails", "Remove the suppressions that match nothing from their file."],
  );
  assert.match(outcomeOf(runReport({ findings: [stale, finding({ test: null })] })).next, /^Look for its holder/);
});

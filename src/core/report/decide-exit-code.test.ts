import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCodeOf, exitCodeOfRuns, withFailedReports } from "./decide-exit-code.ts";

const FAILS = [{ fails: true }];
const PASSES = [{ fails: false }];
const CHECKED = { checked: 1, notChecked: 0, noDevice: 3 };
const NOTHING = { checked: 0, notChecked: 2, noDevice: 3 };
const FINISHED = { end: "finished" } as const;
const LOST = { end: "lost" } as const;
const RUNNING = { end: "still-running" } as const;

for (const [rule, commandExitCode, findings, tests, processes, exitCode] of [
  ["all is well", 0, PASSES, CHECKED, [FINISHED], 0],
  ["the command's own failure wins over findings", 5, FAILS, CHECKED, [FINISHED], 5],
  ["a signal's exit code passes through", 137, FAILS, NOTHING, [LOST], 137],
  ["a failing finding wins over a lost process", 0, FAILS, CHECKED, [LOST], 1],
  ["a failing finding wins over nothing checked", 0, FAILS, NOTHING, [FINISHED], 1],
  ["no test was checked", 0, PASSES, NOTHING, [FINISHED], 3],
  ["no process connected", 0, [], { checked: 0, notChecked: 0, noDevice: 0 }, [], 3],
  ["one of two processes was lost", 0, PASSES, CHECKED, [FINISHED, LOST], 3],
  ["a process outlived the command", 0, PASSES, CHECKED, [FINISHED, RUNNING], 3],
  ["the end of the run is not recorded", null, PASSES, CHECKED, [FINISHED], 3],
  ["a finding fails in a run whose end is not recorded", null, FAILS, CHECKED, [RUNNING], 1],
] as const) {
  test(`${rule}: exit code ${exitCode}`, () => {
    assert.equal(exitCodeOf(commandExitCode, findings, tests, processes), exitCode);
  });
}

for (const [rule, runs, trend, exitCode] of [
  ["all runs are clean", [0, 0], "steady", 0],
  ["a finding failed in one of them", [1, 0], "steady", 1],
  ["what they leave grows", [0, 0], "grows", 1],
  ["one of them checked nothing", [0, 3], "varies", 3],
] as const) {
  test(`over several runs, ${rule}: exit code ${exitCode}`, () => {
    const reports = runs.map((code) => ({ run: { commandExitCode: 0, exitCode: code } }));
    const memory = [
      { source: "tests", device: 0, memoryType: "DRAM", sizeBytes: [0, 0], trend, growsBy: null },
    ] as const;
    assert.equal(exitCodeOfRuns(reports, { memory }, { failOn: ["leak"] }), exitCode);
  });
}

test("over several runs the first of the command's own failures wins, and growth fails only where leaks do", () => {
  const failed = [0, 5, 6].map((code) => ({ run: { commandExitCode: code, exitCode: code } }));
  const memory = [
    { source: "tests", device: 0, memoryType: "DRAM", sizeBytes: [0, 0], trend: "grows", growsBy: null },
  ] as const;
  assert.equal(exitCodeOfRuns(failed, { memory }, { failOn: ["leak"] }), 5);
  assert.equal(exitCodeOfRuns(failed.slice(0, 1), { memory }, { failOn: [] }), 0);
});

for (const [before, after] of [
  [0, 2],
  [1, 1],
  [3, 2],
  [137, 137],
] as const) {
  test(`a report that could not be written turns ${before} into ${after}`, () => {
    assert.equal(withFailedReports(before, true), after);
    assert.equal(withFailedReports(before, false), before);
  });
}

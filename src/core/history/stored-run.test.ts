import assert from "node:assert/strict";
import { it } from "node:test";
import { NOWHERE } from "../../../fixtures/history/runs.ts";
import {
  deviceOfTest,
  finding,
  KB,
  peak,
  processReport,
  runReport,
  testReport,
} from "../../../fixtures/report/builders.ts";
import { storedRunOf } from "./stored-run.ts";

it("of each test the last attempt is kept, with what it left and needed over all devices", () => {
  const devices = [
    deviceOfTest({ DRAM: 12 * KB }, { DRAM: 36 * KB }),
    deviceOfTest({ L1: 64 * KB }, { DRAM: 12 * KB }, [1]),
  ];
  const tests = [
    testReport("a", { outcome: "failed" }),
    testReport("a", { attempt: 2, devices, peaks: [peak(48 * KB), peak(12 * KB, { device: 1 })] }),
  ];
  const { tests: stored } = storedRunOf(runReport({ tests }), NOWHERE);
  assert.deepEqual(stored, [
    {
      test: "a",
      outcome: "passed",
      state: "checked",
      durationMs: 42.5,
      left: { DRAM: 36 * KB, L1: -64 * KB, L1_SMALL: 0 },
      peak: { DRAM: 60 * KB },
    },
  ]);
});

it("of a finding at most 8 holders are kept", () => {
  const holders = Array.from({ length: 9 }, (_, index) => `m.C[${index}]`);
  const { findings } = storedRunOf(runReport({ findings: [finding({ holders })] }), NOWHERE);
  assert.deepEqual(findings[0]?.holders, holders.slice(0, 8));
});

it("the same run has the same id whoever stores it, and another run has another one", () => {
  const report = runReport({});
  const id = storedRunOf(report, NOWHERE).id;
  assert.match(id, /^[0-9a-f]{12}$/);
  assert.equal(storedRunOf({ ...report, tests: [] }, { ...NOWHERE, host: "other" }).id, id);
  for (const change of [
    { startedAt: "2025-03-01T12:34:56.790Z" },
    { cwd: "/" },
    { processes: [processReport({ pid: 1 })] },
  ]) {
    assert.notEqual(storedRunOf({ ...report, run: { ...report.run, ...change } }, NOWHERE).id, id);
  }
});

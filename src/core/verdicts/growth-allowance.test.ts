import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gradeOf, NOTHING } from "../../../fixtures/run/graded.ts";
import { BANKS, Scenario } from "../../../fixtures/run/scenario.ts";

describe("limits", () => {
  const left = { DRAM: { 0: 100 }, L1: { 0: 10 } };

  test("allow growth up to their size, in all or by type", () => {
    for (const [limits, verdict] of [
      [{ total: 110 * BANKS, perType: {} }, ["expected", "expected"]],
      [{ total: 110 * BANKS - 1, perType: {} }, ["suspect", "suspect"]],
      [{ total: null, perType: { DRAM: 100 * BANKS } }, ["suspect", "expected"]],
      [{ total: 110 * BANKS, perType: { DRAM: 0 } }, ["suspect", "expected"]],
    ] as const) {
      const findings = gradeOf(new Scenario().test("a", NOTHING, left, { limits }));
      assert.deepEqual(
        findings.map((finding) => finding.verdict),
        verdict,
        JSON.stringify(limits),
      );
    }
  });
});

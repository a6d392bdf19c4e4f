import assert from "node:assert/strict";
import { it } from "node:test";
import { outOfMemoryReport, runReport, testReport } from "../../../fixtures/report/builders.ts";
import { runFacts } from "./run-facts.ts";

const MOMENT = outOfMemoryReport({ test: "t" });

function factOf(outcomes: readonly ("passed" | "failed")[]): string {
  const tests = outcomes.map((outcome, index) => testReport("t", { outcome, attempt: index + 1 }));
  const facts = runFacts({ ...runReport({ tests }), outOfMemory: [MOMENT] });
  return facts.find(({ name }) => name === "out of memory")?.text ?? "";
}

it("a test that runs out of memory and passes all the same has expected that", () => {
  assert.match(factOf(["passed"]), / on device 0; the test passed, so it expected this$/);
});

it("a run says how its command ended, or that this is not recorded", () => {
  const headOf = (commandExitCode: number | null) => runFacts(runReport({ run: { commandExitCode } }))[0]?.text;
  assert.equal(headOf(1), "pytest -q tests   exited with 1 after 1 min 23 s");
  assert.equal(headOf(null), "pytest -q tests   its end is not recorded, its first 1 min 23 s are");
});

it("a test that failed, in any attempt, has not", () => {
  for (const outcomes of [["failed"], ["failed", "passed"], []] as const) {
    assert.match(factOf(outcomes), / on device 0$/);
  }
});

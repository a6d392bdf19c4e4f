import assert from "node:assert/strict";
import { it } from "node:test";
import { runReport, testReport } from "../../../fixtures/report/builders.ts";
import { runFacts } from "./run-facts.ts";

const MOMENT = {
  pid: 1,
  test: "t",
  device: 0,
  openedAs: null,
  memoryType: "L1",
  sizeBytes: 4096,
  isExact: true,
  requestedBytes: 4096,
  origin: null,
  liveBytesPerBank: 0,
  live: [],
} as const;

function factOf(outcomes: readonly ("passed" | "failed")[]): string {
  const tests = outcomes.map((outcome, index) => testReport("t", { outcome, attempt: index + 1 }));
  const facts = runFacts({ ...runReport({ tests }), outOfMemory: [MOMENT] });
  return facts.find(({ name }) => name === "out of memory")?.text ?? "";
}

it("a test that runs out of memory and passes all the same has expected that", () => {
  assert.match(factOf(["passed"]), /; nothing else was live there; the test passed, so it expected this$/);
});

it("a test that failed, in any attempt, has not", () => {
  for (const outcomes of [["failed"], ["failed", "passed"], []] as const) {
    assert.match(factOf(outcomes), /; nothing else was live there$/);
  }
});

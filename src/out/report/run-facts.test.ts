import assert from "node:assert/strict";
import { it } from "node:test";
import { runReport, testReport } from "../../../fixtures/report/builders.ts";
import { outOfMemoryReport } from "../../../fixtures/report/shortages.ts";
import { runFacts } from "./run-facts.ts";

function factOf(run: Parameters<typeof outOfMemoryReport>[0]): string {
  const facts = runFacts(
    runReport({ tests: [testReport("t")], outOfMemory: [outOfMemoryReport({ test: "t", ...run })] }),
  );
  return facts.find(({ name }) => name === "out of memory")?.text ?? "";
}

it("a test that runs out of memory and passes all the same has expected that", () => {
  assert.match(factOf({ outcome: "passed" }), / on device 0; the test passed, so it expected this$/);
});

it("a run of the test that failed or never ended has not, whatever became of another run", () => {
  for (const outcome of ["failed", "error", null] as const) assert.match(factOf({ outcome }), / on device 0$/);
});

it("a repeat that runs out of memory is reported as one, and has expected nothing if it failed", () => {
  const fact = factOf({ outcome: "failed", attempt: 3, repeat: 2 });
  assert.match(fact, /^t in its repeat 2 could not allocate .* on device 0$/);
});

it("a run says how its command ended, or that the report ends before", () => {
  const headOf = (commandExitCode: number | null) => runFacts(runReport({ run: { commandExitCode } }))[0]?.text;
  assert.equal(headOf(1), "pytest -q tests   exited with 1 after 1 min 23 s");
  assert.equal(headOf(null), "pytest -q tests   reported up to 1 min 23 s, before its end");
});

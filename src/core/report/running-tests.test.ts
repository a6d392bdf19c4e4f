import assert from "node:assert/strict";
import { test } from "node:test";
import { Scenario } from "../../../fixtures/run/scenario.ts";
import { RunningTests } from "./running-tests.ts";

test("each process runs the test that it began last, until that or the process ends", () => {
  const tests = new RunningTests();
  const [first, second] = [new Scenario(0), new Scenario(1)];
  const heard = (events: readonly Parameters<RunningTests["note"]>[0][], atMs: number): void => {
    for (const event of events) tests.note(event, atMs);
  };
  heard(first.begin("a.py::one").events(), 10);
  heard(second.begin("a.py::two").events(), 20);
  assert.deepEqual(tests.of(0), { test: "a.py::one", sinceMs: 10, heardMs: 10 });
  assert.deepEqual(tests.of(1), { test: "a.py::two", sinceMs: 20, heardMs: 20 });
  heard(new Scenario(0).end("a.py::one").events().slice(1), 30);
  assert.equal(tests.of(0), null);
  heard([{ kind: "process-lost", process: 1, refusal: null }], 40);
  assert.equal(tests.of(1), null);
});

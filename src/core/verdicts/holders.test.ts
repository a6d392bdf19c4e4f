import assert from "node:assert/strict";
import { test } from "node:test";
import { holdersOf } from "./holders.ts";

for (const [nodeId, name] of [
  ["tests/test_a.py::TestA::test_x", "test_x"],
  ["tests/test_a.py::test_x[a::b]", "test_x"],
  ["tests/[wip]/test_a.py::test_x[1]", "test_x"],
] as const) {
  test(`the traceback of ${nodeId} is called by its function`, () => {
    const growth = { allocations: [], fate: { kind: "left" }, ref: { test: nodeId, attempt: 1 } } as const;
    assert.deepEqual(holdersOf(growth, "held-by-failure"), [`traceback of ${name}`]);
  });
}

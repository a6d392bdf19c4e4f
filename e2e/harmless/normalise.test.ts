import assert from "node:assert/strict";
import { test } from "node:test";
import { normalise } from "./normalise.ts";

test("the last line of pytest is the same however long a run took", () => {
  const [short, long] = ["=== 1 passed in 9.34s ===", "= 1 passed in 73.37s (0:01:13) ="].map(normalise);
  assert.equal(short, long);
});

test("counts in the last line of pytest are not made the same", () => {
  assert.notEqual(normalise("=== 1 passed in 9.34s ==="), normalise("=== 2 passed in 9.34s ==="));
});

test("which worker of pytest-xdist ran a test does not count", () => {
  assert.equal(normalise("[gw0] [100%] FAILED test_a.py"), normalise("[gw1] [100%] FAILED test_a.py"));
});

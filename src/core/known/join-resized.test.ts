import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf, left, runOf } from "../../../fixtures/report/two-runs.ts";
import type { Finding } from "../model/finding.ts";

/** What `zeros` of a helper leaves in test a, with the signature of the class of its size. */
function ofClass(sizeBytes: number, change: Partial<Finding> = {}): Finding {
  const origin = { operation: "ttnn.zeros", file: "kv.py", line: sizeBytes, function: "cache", testLine: null };
  return left("a", sizeBytes, {
    signature: `v2:dram:a:${sizeBytes}`,
    origin,
    holders: [`m.C[${sizeBytes}]`],
    ...change,
  });
}

test("a leak that grew into another class of sizes grew, and one that became smaller shrank", () => {
  assert.deepEqual(changesOf(runOf(["a"], [ofClass(11)]), runOf(["a"], [ofClass(12)])), [["grew", "a", true]]);
  assert.deepEqual(changesOf(runOf(["a"], [ofClass(12)]), runOf(["a"], [ofClass(11)])), [["shrank", "a", false]]);
});

for (const [what, change] of [
  ["in another memory", { memoryType: "L1" }],
  ["held by something else", { holders: ["m.D[0]"] }],
  ["made by another operation", { origin: null }],
] as const) {
  test(`a leak that is ${what} is another one`, () => {
    const changes = changesOf(runOf(["a"], [ofClass(11)]), runOf(["a"], [ofClass(12, change)]));
    assert.deepEqual(
      changes.map(([each]) => each),
      ["new", "gone"],
    );
  });
}

test("of two leaks of one function that grew into other classes, none is guessed", () => {
  const [before, after] = [runOf(["a"], [ofClass(11), ofClass(100)]), runOf(["a"], [ofClass(12), ofClass(101)])];
  assert.deepEqual(
    changesOf(before, after).map(([each]) => each),
    ["new", "new", "gone", "gone"],
  );
});

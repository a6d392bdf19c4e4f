import assert from "node:assert/strict";
import { test } from "node:test";
import { firstOf } from "./first-of.ts";

for (const [amount, named] of [
  [0, 0],
  [2, 2],
  [3, 3],
  [4, 4],
  [5, 3],
] as const) {
  test(`of ${amount} with a limit of 3, ${named} are named`, () => {
    const all = Array.from({ length: amount }, (_, index) => index);
    assert.deepEqual(firstOf(all, 3), all.slice(0, named));
  });
}

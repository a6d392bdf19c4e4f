import assert from "node:assert/strict";
import { test } from "node:test";
import { growthRateOf, rateText } from "./growth-rate.ts";

const KB = 1024;

for (const [what, held, text] of [
  ["three values have a rate and no interval", [0, 48 * KB, 96 * KB], "48.0 KB a repeat"],
  ["five equal steps leave no doubt", [0, 24, 48, 72, 96].map((kb) => kb * KB), "exactly 24.0 KB a repeat"],
  [
    "noise makes the interval wider",
    [0, 23, 49, 72, 96, 121].map((kb) => kb * KB),
    "24.2 KB (23.0 KB to 25.0 KB) a repeat",
  ],
  ["what stays does not grow", [5, 5, 5, 5, 5], "exactly 0 B a repeat"],
  ["what shrinks grows by less than nothing", [10, 8, 6], "-2 B a repeat"],
] as const) {
  test(what, () => {
    const rate = growthRateOf(held);
    assert.ok(rate);
    assert.equal(rateText(rate, "repeat"), text);
  });
}

test("a rate is in whole bytes, and never -0", () => {
  assert.deepEqual(growthRateOf([0, 0, 1]), { bytes: 1, lowBytes: null, highBytes: null });
  assert.ok(Object.is(growthRateOf([1, 1, 0.9])?.bytes, 0));
});

test("one value has no rate", () => {
  assert.equal(growthRateOf([1]), null);
});

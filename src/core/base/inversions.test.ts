import assert from "node:assert/strict";
import { test } from "node:test";
import { inversions, slopesOutside } from "./inversions.ts";

// Kendall's statistic K = pairs - 2 x inversions: table A.30 of Hollander and Wolfe has P(K >= x).
for (const [n, statistic, probability] of [
  [4, 6, 0.042],
  [5, 8, 0.042],
  [6, 13, 0.008],
  [7, 15, 0.015],
  [8, 18, 0.016],
  [10, 23, 0.023],
] as const) {
  test(`of ${n} values, Kendall's statistic is ${statistic} or more with probability ${probability}`, () => {
    const most = (n * (n - 1)) / 2;
    const tail = inversions(n).slice(0, (most - statistic) / 2 + 1);
    const sum = tail.reduce((total, each) => total + each, 0);
    assert.equal(sum.toFixed(3), probability.toFixed(3));
  });
}

for (const [n, outside] of [
  [1, 0],
  [2, 0],
  [4, 0],
  [5, 1],
  [6, 2],
  [10, 12],
] as const) {
  test(`of the slopes between ${n} values, ${outside} on each side lie outside the interval`, () => {
    assert.equal(slopesOutside(n), outside);
  });
}

test("the exact and the normal limit differ by less than a hundredth of the pairs where one takes the other's place", () => {
  const [exact, normal] = [slopesOutside(60) / 1770, slopesOutside(61) / 1830];
  assert.ok(Math.abs(exact - normal) < 0.01, `${exact} and ${normal}`);
});

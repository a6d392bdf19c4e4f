import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { formatPercentG } from "./percent-g.ts";

const MB = 1024 * 1024;

// As printed by C's printf("%.6g").
const cases: readonly (readonly [number, string])[] = [
  [0, "0"],
  [12, "12"],
  [12.5, "12.5"],
  [36_864 / MB, "0.0351562"],
  [110_592 / MB, "0.105469"],
  [1 / MB, "9.53674e-07"],
  [104 / MB, "9.91821e-05"],
  [105 / MB, "0.000100136"],
  [100_000, "100000"],
  [999_999, "999999"],
  [999_999.5, "1e+06"],
  [999_998.5, "999998"],
  [1_048_576, "1.04858e+06"],
  [1e10, "1e+10"],
  [1234.5625, "1234.56"],
  [0.5 + 1 / 1024, "0.500977"],
  [Number.MAX_SAFE_INTEGER / MB, "8.58993e+09"],
];
for (const [value, text] of cases) it(`writes ${value} as ${text}`, () => assert.equal(formatPercentG(value), text));

it("is never further off than half a unit of the sixth digit", () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (sizeBytes) => {
      const value = sizeBytes / MB;
      assert.ok(Math.abs(Number(formatPercentG(value)) - value) <= value * 5.0001e-6);
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Largest } from "./largest.ts";

test("the largest are those that sorting all of them gives", () => {
  const sizes = fc.array(fc.nat({ max: 50 }), { maxLength: 60 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 20 }), (all, max) => {
      const largest = new Largest<number>(max);
      for (const [thing, sizeBytes] of all.entries()) largest.add(thing, sizeBytes);
      const sorted = all.map((sizeBytes, thing) => ({ thing, sizeBytes })).sort((a, b) => b.sizeBytes - a.sizeBytes);
      assert.deepEqual(largest.all(), sorted.slice(0, max));
    }),
  );
});

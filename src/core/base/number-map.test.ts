import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { NumberMap } from "./number-map.ts";

/** Few, so that they meet again; some differ in their upper half only, and some are the largest there are. */
const key = fc.oneof(
  fc.nat(40),
  fc.nat(8).map((high) => high * 2 ** 32 + 64),
  fc.nat(8).map((below) => Number.MAX_SAFE_INTEGER - below),
);
const step = fc.record({ key, isDelete: fc.boolean() });

test("after any changes it has what a Map has, in the same order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const [map, expected] = [new NumberMap<number>(), new Map<number, number>()];
      for (const [value, { key, isDelete }] of steps.entries()) {
        if (isDelete) {
          map.delete(key);
          expected.delete(key);
        } else {
          map.set(key, value);
          expected.set(key, value);
        }
        assert.equal(map.get(key), expected.get(key));
        assert.equal(map.size, expected.size);
      }
      assert.deepEqual([...map], [...expected]);
      assert.deepEqual([...map.keys()], [...expected.keys()]);
      assert.deepEqual([...map.values()], [...expected.values()]);
    }),
  );
});

test("it holds many, and many that came and went", () => {
  const map = new NumberMap<number>();
  const many = 100_000;
  for (let index = 0; index < many; index++) {
    map.set(index * 4096, index);
    if (index % 10 !== 0) map.delete(index * 4096);
  }
  assert.equal(map.size, many / 10);
  assert.equal([...map.values()].at(-1), many - 10);
  assert.equal(map.get((many - 10) * 4096), many - 10);
});

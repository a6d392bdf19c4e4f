import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TEST_NAMES_CHARACTERS_MAX, TEST_NAMES_MAX, TestNames } from "./test-names.ts";

test("a context belongs to what began last before it", () => {
  const names = new TestNames();
  names.begin(3, "a");
  names.begin(5, null);
  names.begin(9, "b");
  const tests = [0, 2, 3, 4, 5, 8, 9, 100].map((context) => names.of(context));
  assert.deepEqual(tests, [null, null, "a", "a", null, null, "b", "b"]);
});

test("a context that is not a later one is left out", () => {
  const names = new TestNames();
  names.begin(5, "a");
  names.begin(5, "b");
  names.begin(4, "c");
  assert.deepEqual([names.of(4), names.of(5)], [null, "a"]);
});

test("any contexts are found as a walk from the first one finds them", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(200)), fc.nat(220), (begins, context) => {
      const names = new TestNames();
      const ascending = begins.toSorted((a, b) => a - b);
      for (const begin of ascending) names.begin(begin, `test ${begin}`);
      const last = ascending.findLast((begin) => begin <= context);
      assert.equal(names.of(context), last === undefined ? null : `test ${last}`);
    }),
  );
});

test("of very many the newest are remembered", () => {
  const names = new TestNames();
  for (let context = 0; context <= TEST_NAMES_MAX; context += 1) names.begin(context, `test ${context}`);
  assert.deepEqual([names.of(10), names.of(TEST_NAMES_MAX)], [null, `test ${TEST_NAMES_MAX}`]);
});

test("of names that are very long the newest are remembered, as long as all of them together are not too long", () => {
  const name = (context: number): string => `${context}`.padEnd(TEST_NAMES_CHARACTERS_MAX / 4, "x");
  const names = new TestNames();
  for (let context = 0; context < 4; context += 1) names.begin(context, name(context));
  assert.deepEqual(
    [0, 3].map((context) => names.of(context)),
    [name(0), name(3)],
  );
  names.begin(4, name(4));
  assert.deepEqual(
    [0, 2, 3, 4].map((context) => names.of(context)),
    [null, null, name(3), name(4)],
  );
  for (let context = 5; context < 40; context += 1) names.begin(context, name(context));
  assert.deepEqual(
    [10, 39].map((context) => names.of(context)),
    [null, name(39)],
  );
});

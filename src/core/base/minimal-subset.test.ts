import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { minimalSubset } from "./minimal-subset.ts";

/** Asks that count, of what happens where all of these are among the items. */
function asksFor(needed: readonly number[]) {
  const asked: (readonly number[])[] = [];
  const happens = async (some: readonly number[]): Promise<boolean> => {
    asked.push(some);
    return needed.every((each) => some.includes(each));
  };
  return { asked, happens };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

test("finds exactly what it takes, wherever that is, in order", async () => {
  const planted = fc.integer({ min: 1, max: 60 }).chain((count) => {
    const needed = fc.uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: 5 });
    return fc.tuple(fc.constant(count), needed);
  });
  await fc.assert(
    fc.asyncProperty(planted, async ([count, needed]) => {
      const found = await minimalSubset(numbers(count), asksFor(needed).happens);
      assert.deepEqual(
        found,
        needed.toSorted((a, b) => a - b),
      );
    }),
  );
});

test("is minimal also where several parts would do: without any one item it happens no more", async () => {
  const tables = fc.array(fc.uniqueArray(fc.nat(11), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(tables, async (ways) => {
      const happens = async (some: readonly number[]) => ways.some((way) => way.every((each) => some.includes(each)));
      const found = await minimalSubset(numbers(12), happens);
      assert.ok(await happens(found));
      for (const left of found) assert.equal(await happens(found.filter((each) => each !== left)), false);
    }),
  );
});

for (const [count, needed, most] of [
  [1, [0], 0],
  [2, [1], 2],
  [64, [63], 12],
  [64, [0], 6],
  [1000, [17], 20],
  [2, [0, 1], 2],
] as const) {
  test(`asks at most ${most} times for ${needed.length} of ${count}`, async () => {
    const { asked, happens } = asksFor(needed);
    await minimalSubset(numbers(count), happens);
    assert.ok(asked.length <= most, `${asked.length}`);
  });
}

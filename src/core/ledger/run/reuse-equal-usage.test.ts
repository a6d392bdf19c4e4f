import assert from "node:assert/strict";
import { test } from "node:test";
import type { TypeUsage } from "../../model/measurement.ts";
import type { Look } from "../../model/run-record.ts";
import { shareLook, shareUsage } from "./reuse-equal-usage.ts";

function usage(memoryType: TypeUsage["memoryType"], change: Partial<TypeUsage> = {}): TypeUsage {
  const sizes = { totalBytesPerBank: 100, allocatedBytesPerBank: 20, largestFreeBytesPerBank: 80 };
  return { memoryType, banks: 12, ...sizes, ...change };
}

const BEFORE = [usage("DRAM"), usage("L1")];

test("a look that found the same is the look before", () => {
  assert.equal(shareUsage(BEFORE, [usage("DRAM"), usage("L1")]), BEFORE);
});

for (const key of ["banks", "totalBytesPerBank", "allocatedBytesPerBank", "largestFreeBytesPerBank"] as const) {
  test(`another ${key} is kept as it is, and shares the other rows`, () => {
    const now = [usage("DRAM", { [key]: 7 }), usage("L1")];
    const shared = shareUsage(BEFORE, now);
    assert.deepEqual(shared, now);
    assert.equal(shared[1], BEFORE[1]);
  });
}

test("more or fewer rows are kept as they are", () => {
  for (const now of [[usage("DRAM")], [usage("DRAM"), usage("L1"), usage("TRACE")], [usage("L1"), usage("DRAM")], []]) {
    assert.deepEqual(shareUsage(BEFORE, now), now);
    assert.deepEqual(shareUsage(now, BEFORE), BEFORE);
  }
});

const LOOK: Look = { moment: "after", usage: BEFORE, liveBlocks: 3, cacheEntries: 1 };

test("a look that found the same at the same moment is the look before, and another one is kept as it is", () => {
  assert.equal(shareLook(LOOK, { ...LOOK }), LOOK);
  assert.deepEqual(shareLook(undefined, LOOK), LOOK);
  for (const change of [{ usage: [...BEFORE] }, { liveBlocks: 4 }, { cacheEntries: 2 }]) {
    const now = { ...LOOK, ...change };
    assert.deepEqual(shareLook(LOOK, now), now);
  }
});

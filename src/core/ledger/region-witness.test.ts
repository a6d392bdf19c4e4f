import assert from "node:assert/strict";
import { test } from "node:test";
import { RegionWitness } from "./region-witness.ts";

/** Comparisons one after the other, each of records so far, bytes traced and bytes counted. Gives at which ones it was certain. */
function certainAt(...comparisons: readonly (readonly [records: number, traced: number, counted: number | null])[]) {
  const witness = new RegionWitness();
  return comparisons.flatMap(([records, DRAM, counted], index) => {
    const traced = { chip: 0, bytes: { DRAM, L1: 0, L1_SMALL: 0, TRACE: 0 } };
    const found = witness.compare(records, traced, { chip: 0, bytes: { DRAM: counted, L1: 0, CB: 64 } });
    return found.map(({ memoryType, regionBytes, tracedBytes }) => [index, memoryType, regionBytes, tracedBytes]);
  });
}

test("the same difference three times, with events in between, is certain; it is reported once", () => {
  assert.deepEqual(certainAt([1, 64, 64], [2, 64, 96], [3, 128, 160], [4, 32, 64], [5, 0, 32]), [[3, "DRAM", 64, 32]]);
});

for (const [what, comparisons] of [
  [
    "twice only",
    [
      [1, 0, 0],
      [2, 0, 32],
      [3, 0, 32],
    ],
  ],
  [
    "without an event in between",
    [
      [1, 0, 0],
      [2, 0, 32],
      [2, 0, 32],
      [2, 0, 32],
      [2, 0, 32],
    ],
  ],
  [
    "of another size each time, as while one event is in one source only",
    [
      [1, 0, 0],
      [2, 0, 32],
      [3, 0, 64],
      [4, 0, 32],
      [5, 0, 64],
    ],
  ],
  [
    "with an agreement in between",
    [
      [1, 0, 0],
      [2, 0, 32],
      [3, 0, 32],
      [4, 8, 8],
      [5, 0, 32],
      [6, 0, 32],
    ],
  ],
  [
    "from the beginning, as where an earlier process with its pid left its row",
    [
      [1, 0, 32],
      [2, 8, 40],
      [3, 0, 32],
      [4, 8, 40],
    ],
  ],
  [
    "of a counter that ran below zero",
    [
      [1, 0, 0],
      [2, 0, null],
      [3, 0, null],
      [4, 0, null],
    ],
  ],
] as const) {
  test(`a difference ${what} is none`, () => assert.deepEqual(certainAt(...comparisons), []));
}

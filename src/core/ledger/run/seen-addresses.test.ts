import assert from "node:assert/strict";
import { test } from "node:test";
import { rangeOf, withBuffer } from "./seen-addresses.ts";

const SIZE = { banks: 12, totalBytesPerBank: 1000 };

test("memory begins at the lowest address seen where it is filled from below, and ends at the highest where from above", () => {
  const seen = [
    { address: 300, bytesPerBank: 50 },
    { address: 200, bytesPerBank: 20 },
    { address: 310, bytesPerBank: 10 },
  ].reduce<ReturnType<typeof withBuffer> | undefined>(withBuffer, undefined);
  assert.deepEqual(seen, { lowest: 200, end: 350 });
  for (const [memoryType, base] of [
    ["DRAM", 200],
    ["TRACE", 200],
    ["L1", -650],
    ["L1_SMALL", -650],
  ] as const) {
    assert.deepEqual(rangeOf({ memoryType, ...SIZE }, seen), { ...SIZE, base });
  }
});

test("where no buffer was seen, the range is as good as any", () => {
  for (const memoryType of ["DRAM", "L1"] as const) assert.equal(rangeOf({ memoryType, ...SIZE }, undefined).base, 0);
});

/** 1,000 bytes from 4,000 on: so much free, 100 of a buffer, 300 free, 100 of a buffer, and the rest free. */
function baseOf(
  memoryType: "DRAM" | "L1",
  freeBelow: number,
  largestFreeBytesPerBank: number,
  isEmpty = false,
): number {
  const addresses = isEmpty ? [] : [4000 + freeBelow, 4400 + freeBelow];
  const layout = {
    addresses: Float64Array.from(addresses),
    bytesPerBank: Float64Array.from(addresses, () => 100),
    shares: new Uint32Array(addresses.length),
  };
  const seen = { lowest: 4000 + freeBelow, end: 4500 + freeBelow };
  return rangeOf({ memoryType, ...SIZE }, seen, { layout, largestFreeBytesPerBank }).base;
}

test("the largest free piece shows where memory begins, where no buffer at its end was seen", () => {
  assert.deepEqual([baseOf("L1", 400, 400), baseOf("L1", 500, 500)], [4000, 4000]);
  assert.deepEqual([baseOf("DRAM", 100, 400), baseOf("DRAM", 0, 500)], [4000, 4000]);
});

test("it shows nothing where it fits nowhere, or nothing is live", () => {
  assert.deepEqual([baseOf("L1", 400, 10), baseOf("L1", 400, 5000), baseOf("L1", 400, 400, true)], [3900, 3900, 3900]);
});

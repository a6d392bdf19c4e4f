import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Life, timeline } from "../../../fixtures/timeline/timeline.ts";
import { type AddressMap, addressMap, failedPlace } from "./address-map.ts";

const BANKS = { banks: 4, totalBytesPerBank: 1_000 };

/** Buffers of so many bytes per bank, at these addresses. */
const placed = (series: 0 | 1, ...buffers: readonly (readonly [address: number, bytesPerBank: number])[]): Life[] =>
  buffers.map(([address, bytesPerBank]) => ({
    bornNs: 0,
    diedNs: null,
    series,
    address,
    sizeBytes: bytesPerBank * BANKS.banks,
  }));

function mapOf(lives: readonly Life[], series: 0 | 1) {
  return addressMap(timeline(lives, { endNs: 10 }), series, [...lives.keys()], BANKS);
}

test("what lies between buffers is free, and the largest free piece is found", () => {
  const { from, to, holes, largestHole, usedBytesPerBank } = mapOf(placed(0, [100, 50], [200, 100], [300, 10]), 0);
  assert.deepEqual([from, to, usedBytesPerBank], [100, 1_100, 160]);
  assert.deepEqual(holes, [
    { address: 150, bytesPerBank: 50 },
    { address: 310, bytesPerBank: 790 },
  ]);
  assert.deepEqual(largestHole, holes[1]);
});

test("L1 reaches down from the highest address that was seen, the others up from the lowest", () => {
  const buffers = [
    [500, 100],
    [1_400, 100],
  ] as const;
  const [dram, l1] = [mapOf(placed(0, ...buffers), 0), mapOf(placed(1, ...buffers), 1)];
  assert.deepEqual([dram.from, dram.to, l1.from, l1.to], [500, 1_500, 500, 1_500]);
  const low = mapOf(placed(1, [900, 100]), 1);
  assert.deepEqual([low.from, low.to], [0, 1_000]);
});

test("without a buffer all of it is one free piece", () => {
  const { holes, from, to } = addressMap(timeline([], { endNs: 10 }), 0, [], BANKS);
  assert.deepEqual([from, to, holes], [0, 1_000, [{ address: 0, bytesPerBank: 1_000 }]]);
});

test("used and free are all there is, wherever buffers lie that do not overlap", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 40 })), { maxLength: 10 }), (pieces) => {
      let at = 0;
      const buffers = pieces.map(([gap, bytes]) => {
        const address = at + gap;
        at = address + bytes;
        return [address, bytes] as const;
      });
      const { from, to, holes, usedBytesPerBank } = mapOf(placed(0, ...buffers), 0);
      assert.equal(usedBytesPerBank + holes.reduce((sum, { bytesPerBank }) => sum + bytesPerBank, 0), to - from);
    }),
  );
});

const HOLE_AT_40: AddressMap = {
  ...{ from: 0, to: 100, buffers: [], holes: [], usedBytesPerBank: 80 },
  largestHole: { address: 40, bytesPerBank: 20 },
};

for (const [what, asked, isFromTop, fits, missing] of [
  ["from the bottom up", 50, false, [40, 20], [[60, 30]]],
  ["from the top down", 50, true, [40, 20], [[10, 30]]],
  [
    "on both sides where the memory ends",
    70,
    false,
    [40, 20],
    [
      [30, 10],
      [60, 40],
    ],
  ],
  [
    "on both sides where the memory begins",
    70,
    true,
    [40, 20],
    [
      [0, 40],
      [60, 10],
    ],
  ],
  [
    "as far as the memory goes",
    500,
    false,
    [40, 20],
    [
      [0, 40],
      [60, 40],
    ],
  ],
  ["at the beginning of a hole that is large enough", 10, false, [40, 10], []],
  ["at the end of a hole that is large enough", 10, true, [50, 10], []],
] as const) {
  test(`an allocation that failed would have lain ${what}`, () => {
    const place = failedPlace(HOLE_AT_40, asked, isFromTop);
    assert.deepEqual([place.fits?.address, place.fits?.bytesPerBank], fits);
    assert.deepEqual(
      place.missing.map(({ address, bytesPerBank }) => [address, bytesPerBank]),
      missing,
    );
    assert.equal(place.missingBytesPerBank, Math.max(asked - 20, 0));
  });
}

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { freePieces } from "../ledger/run/free-pieces.ts";
import type { Layout, MemoryRange } from "../model/memory-shortage.ts";
import { cheapestRoom, type WantedRoom } from "./cheapest-room.ts";

const RANGE: MemoryRange = { banks: 1, totalBytesPerBank: 100, base: 1000 };

/** [free bytes before it, its bytes, its owner] of each buffer. */
type Placed = readonly [gap: number, bytes: number, owner: number];

function layoutOf(placed: readonly Placed[]): Layout {
  let next = RANGE.base;
  const addresses = placed.map(([gap, bytes]) => {
    next += gap + bytes;
    return next - bytes;
  });
  return {
    addresses: Float64Array.from(addresses),
    bytesPerBank: Float64Array.from(placed, ([, bytes]) => bytes),
    shares: Uint32Array.from(placed, ([, , owner]) => owner),
  };
}

/** Owner 0 is the test itself, 1 a wider fixture, the others are earlier tests. */
const WORTH: WantedRoom["worth"] = ["own", "lasting", null, null, null];

function roomFor(bytesPerBank: number, placed: readonly Placed[]) {
  return cheapestRoom(layoutOf(placed), RANGE, { bytesPerBank, ownerOf: [0, 1, 2, 3, 4], worth: WORTH });
}

describe("the cheapest buffers to be without", () => {
  it("are none where there is room, up to the last byte", () => {
    assert.deepEqual(roomFor(60, [[60, 40, 2]]), []);
    assert.deepEqual(roomFor(61, [[60, 40, 2]]), [0]);
  });

  it("are none that would do where the memory itself is smaller", () => {
    assert.deepEqual(roomFor(100, [[0, 10, 2]]), [0]);
    assert.equal(roomFor(101, [[0, 10, 2]]), null);
    assert.equal(roomFor(101, []), null);
  });

  it("are the small one between two free pieces, not the large one", () => {
    const placed: Placed[] = [
      [0, 30, 2],
      [25, 5, 3],
      [25, 15, 4],
    ];
    assert.deepEqual(roomFor(50, placed), [1]);
  });

  it("are of one owner rather than of two with fewer bytes", () => {
    const placed: Placed[] = [
      [0, 40, 2],
      [20, 5, 3],
      [5, 5, 4],
    ];
    assert.deepEqual(roomFor(55, placed), [0]);
  });

  it("are not a wider fixture's, as long as others do", () => {
    const placed: Placed[] = [
      [10, 10, 1],
      [10, 20, 2],
      [0, 20, 3],
    ];
    assert.deepEqual(roomFor(80, placed), [1, 2]);
    assert.deepEqual(roomFor(81, placed), [0, 1, 2]);
  });

  it("are not the test's own, which would have been placed elsewhere", () => {
    const placed: Placed[] = [
      [40, 10, 0],
      [0, 30, 2],
      [0, 20, 1],
    ];
    assert.deepEqual(roomFor(70, placed), [1]);
    assert.deepEqual(roomFor(71, placed), [1, 2]);
    assert.deepEqual(roomFor(91, placed), [0, 1, 2]);
  });

  it("are the test's own where nothing else is in the way", () => {
    assert.deepEqual(roomFor(60, [[45, 10, 0]]), [0]);
  });
});

const LAYOUT = fc
  .array(fc.tuple(fc.nat(8), fc.integer({ min: 1, max: 9 }), fc.nat(4)), { maxLength: 9 })
  .filter((placed) => placed.reduce((sum, [gap, bytes]) => sum + gap + bytes, 0) <= RANGE.totalBytesPerBank);

/** All that could be freed, one set after the other; `stay`: the test's own are placed next to each other instead. */
function bruteForce(wanted: number, placed: readonly Placed[], own: "stay" | "go"): readonly number[] | null {
  const { addresses } = layoutOf(placed);
  const ways: number[][] = [];
  for (let set = 0; set < 2 ** placed.length; set++) {
    const isFreed = (index: number): boolean => (set & (1 << index)) !== 0;
    if (own === "stay" && placed.some(([, , owner], index) => owner === 0 && isFreed(index))) continue;
    let [low, staying, most] = [RANGE.base, 0, 0];
    for (const [index, [, bytes, owner]] of placed.entries()) {
      const address = addresses[index] ?? 0;
      if (isFreed(index)) continue;
      if (own === "stay" && owner === 0) staying += bytes;
      else {
        most = Math.max(most, address - low - staying);
        [low, staying] = [address + bytes, 0];
      }
    }
    most = Math.max(most, RANGE.base + RANGE.totalBytesPerBank - low - staying);
    if (most >= wanted) ways.push(costOf(placed.filter((_, index) => isFreed(index))));
  }
  return ways.toSorted(compare)[0] ?? null;
}

function costOf(freed: readonly Placed[]): number[] {
  const has = (wanted: number): number => Number(freed.some(([, , owner]) => owner === wanted));
  const bytes = freed.reduce((sum, each) => sum + each[1], 0);
  return [has(0), has(1), new Set(freed.map(([, , owner]) => owner)).size, bytes, freed.length];
}

function compare(some: readonly number[], others: readonly number[]): number {
  const differing = some.findIndex((figure, index) => figure !== others[index]);
  return differing < 0 ? 0 : (some[differing] ?? 0) - (others[differing] ?? 0);
}

it("cost as little as the best of all sets, on any layout", () => {
  fc.assert(
    fc.property(LAYOUT, fc.integer({ min: 1, max: 110 }), (placed, wanted) => {
      const found = roomFor(wanted, placed);
      const cost = found === null ? null : costOf(found.flatMap((index) => (placed[index] ? [placed[index]] : [])));
      const withoutOthers = bruteForce(wanted, placed, "stay");
      const isAnswer = withoutOthers !== null && withoutOthers.at(-1) !== 0;
      assert.deepEqual(cost, isAnswer ? withoutOthers : bruteForce(wanted, placed, "go"));
    }),
    { numRuns: 300 },
  );
});

it("free pieces are what lies between buffers, and overlapping ones hide nothing twice", () => {
  const placed: Placed[] = [
    [10, 10, 0],
    [0, 20, 0],
    [5, 5, 0],
  ];
  assert.deepEqual(freePieces(layoutOf(placed), RANGE), { bytes: 65, pieces: 3, largestBytes: 50 });
  assert.deepEqual(freePieces(layoutOf([]), RANGE), { bytes: 100, pieces: 1, largestBytes: 100 });
  const overlapping = { ...layoutOf([[0, 50, 0]]), addresses: Float64Array.of(1000, 1010) };
  assert.deepEqual(freePieces({ ...overlapping, bytesPerBank: Float64Array.of(50, 10) }, RANGE).bytes, 50);
});

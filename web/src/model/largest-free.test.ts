import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Life, timeline } from "../../../fixtures/timeline/timeline.ts";
import { addressMap } from "./address-map.ts";
import { largestFree, leastFrom } from "./largest-free.ts";
import { liveRows } from "./live-rows.ts";

const END_NS = 60;
const SLOT = 16;
const BANKS = { banks: 2, totalBytesPerBank: 8 * SLOT };

/** In slots of their own, so that no two that live at once overlap. */
const lives = fc.array(
  fc.record({ slot: fc.nat(6), bornNs: fc.nat(19), livedNs: fc.integer({ min: 1, max: 20 }), isKept: fc.boolean() }),
  { maxLength: 12 },
);

function livesOf(all: readonly { slot: number; bornNs: number; livedNs: number; isKept: boolean }[]): Life[] {
  const freeFromNs = new Map<number, number>();
  return all.flatMap(({ slot, bornNs, livedNs, isKept }): Life[] => {
    const born = Math.max(bornNs, freeFromNs.get(slot) ?? 0);
    if (born + livedNs > END_NS) return [];
    freeFromNs.set(slot, isKept ? Infinity : born + livedNs);
    const sizeBytes = (SLOT - (slot % 3)) * BANKS.banks;
    return [{ bornNs: born, diedNs: isKept ? null : born + livedNs, address: slot * SLOT, sizeBytes }];
  });
}

test("the largest free piece over time is that of the address map at each instant", () => {
  fc.assert(
    fc.property(lives, (all) => {
      const run = timeline(livesOf(all), { endNs: END_NS });
      const followed = largestFree(run, 0, BANKS);
      const instants = Array.from({ length: END_NS }, (_, ns) => ns);
      assert.ok(followed !== null);
      const expected = instants.map((ns) => {
        const { largestHole } = addressMap(run, 0, liveRows(run.allocations, 0, ns), BANKS);
        return largestHole?.bytesPerBank ?? 0;
      });
      assert.deepEqual([...leastFrom(followed, Float64Array.from(instants))], expected);
      const every7th = instants.filter((ns) => ns % 7 === 0);
      assert.deepEqual(
        [...leastFrom(followed, Float64Array.from(every7th)).slice(0, -1)],
        every7th.slice(0, -1).map((ns) => Math.min(...expected.slice(ns, ns + 7))),
      );
    }),
  );
});

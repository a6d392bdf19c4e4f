import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Life, timeline } from "../../../fixtures/timeline/timeline.ts";
import { curveOf, peakNs } from "./curve.ts";

const END_NS = 1_000;

const lives = fc.array(
  fc
    .record({
      bornNs: fc.nat(END_NS - 1),
      livedNs: fc.option(fc.integer({ min: 1, max: 500 })),
      sizeBytes: fc.integer({ min: 1, max: 100 }),
    })
    .map(
      ({ bornNs, livedNs, sizeBytes }): Life => ({
        bornNs,
        sizeBytes,
        diedNs: livedNs === null ? null : Math.min(bornNs + livedNs, END_NS),
      }),
    ),
  { maxLength: 20 },
);

const heldAt = (all: readonly Life[], atNs: number): number =>
  all.reduce((sum, life) => sum + (life.bornNs <= atNs && (life.diedNs ?? Infinity) > atNs ? life.sizeBytes : 0), 0);

/** What a stepped curve says of an instant. */
function saidOf({ atS, mostBytes }: ReturnType<typeof curveOf>, atNs: number): number {
  return mostBytes[atS.findLastIndex((at) => Math.round(at * 1e9) <= atNs)] ?? 0;
}

test("an exact curve says of each instant of its range what was held then", () => {
  fc.assert(
    fc.property(lives, fc.nat(END_NS - 1), fc.nat(END_NS), (all, one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const curve = curveOf(timeline(all, { endNs: END_NS }), 0, from, to);
      assert.ok(curve.isExact);
      for (let at = from; at <= to; at += 7) assert.equal(saidOf(curve, at), heldAt(all, at));
    }),
  );
});

test("where buffers are left out a curve has the most and the least of each span", () => {
  const all: Life[] = [
    { bornNs: 0, diedNs: null, sizeBytes: 10 },
    { bornNs: 105, diedNs: 106, sizeBytes: 5 },
  ];
  const whole = timeline(all, { endNs: END_NS, buckets: 10 });
  const { isExact, mostBytes, leastBytes } = curveOf(
    { ...whole, allocations: { ...whole.allocations, omitted: 1 } },
    0,
    0,
    END_NS,
  );
  assert.equal(isExact, false);
  assert.deepEqual(
    [mostBytes.slice(0, 3), leastBytes.slice(0, 3)],
    [
      [10, 15, 10],
      [10, 10, 10],
    ],
  );
});

test("a curve of a range knows what was held before it, and of another memory nothing", () => {
  const run = timeline(
    [
      { bornNs: 10, diedNs: null, sizeBytes: 7 },
      { bornNs: 10, diedNs: null, sizeBytes: 9, series: 1 },
    ],
    { endNs: END_NS },
  );
  assert.deepEqual(curveOf(run, 0, 500, 600).mostBytes, [7, 7]);
});

test("the peak is the first instant at which most was held", () => {
  fc.assert(
    fc.property(lives, (all) => {
      const at = peakNs(timeline(all, { endNs: END_NS, buckets: 10 }), 0);
      const most = Math.max(...Array.from({ length: END_NS }, (_, instant) => heldAt(all, instant)));
      assert.equal(heldAt(all, at), most);
      for (let before = 0; before < at; before++) assert.ok(heldAt(all, before) < most);
    }),
  );
});

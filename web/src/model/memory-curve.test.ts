import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Life, timeline } from "../../../fixtures/timeline/timeline.ts";
import type { Timeline } from "../../../src/core/model/timeline.ts";
import { liveRows } from "./live-rows.ts";
import { type Curve, curveOf, heldBytesAt, heldCurve, peakNs } from "./memory-curve.ts";
import { EventsByMemory } from "./memory-events.ts";

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

const courseOf = (run: Timeline) => ({ timeline: run, events: new EventsByMemory(run.allocations) });

/** What a stepped curve says of an instant. */
function saidOf({ atNs, mostBytes }: Curve, ns: number): number {
  return mostBytes[atNs.findLastIndex((at) => at <= ns)] ?? 0;
}

test("an exact curve says of each instant of its range what was held then", () => {
  fc.assert(
    fc.property(lives, fc.nat(END_NS - 1), fc.nat(END_NS), (all, one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const curve = curveOf(courseOf(timeline(all, { endNs: END_NS })), 0, from, to);
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
  const run = { ...whole, allocations: { ...whole.allocations, omitted: 1 } };
  const { mostBytes, leastBytes } = curveOf(courseOf(run), 0, 0, END_NS);
  assert.deepEqual(
    [[...mostBytes.slice(0, 3)], [...leastBytes.slice(0, 3)]],
    [
      [10, 15, 10],
      [10, 10, 10],
    ],
  );
  const outline = { ...whole, series: whole.series.map((each) => ({ ...each, knownFrom: "checkpoints" as const })) };
  assert.deepEqual(curveOf(courseOf(outline), 0, 0, END_NS).mostBytes, mostBytes);
  assert.deepEqual(
    [heldBytesAt(run, 0, [], 120), heldBytesAt(whole, 0, liveRows(run.allocations, 0, 120), 120)],
    [15, 10],
  );
});

test("where there are more events than pixels a curve has the most, the least and the last of each span of its range", () => {
  const all = Array.from({ length: 3_000 }, (_, index): Life => {
    const bornNs = 1_000 + index * 40 + (index % 7);
    return { bornNs, diedNs: bornNs + 1 + ((index * 37) % 400), sizeBytes: 1 + (index % 11) };
  });
  const course = courseOf(timeline(all, { endNs: 130_000 }));
  const [from, to] = [2_500, 110_000];
  const { atNs, mostBytes, leastBytes } = curveOf(course, 0, from, to);
  const held = heldCurve(course, 0, from, to);
  const eachNs = (atNs[1] ?? 0) - (atNs[0] ?? 0);
  assert.ok(atNs.length > 1_000 && atNs.length < 3_000 && eachNs > 1);
  for (let span = 0; span < atNs.length; span += 97) {
    const within = Array.from({ length: eachNs }, (_, ns) => heldAt(all, (atNs[span] ?? 0) + ns));
    const said = [mostBytes[span], leastBytes[span], held.bytes[span]];
    assert.deepEqual(said, [Math.max(...within), Math.min(...within), within.at(-1)]);
    assert.equal(held.atNs[span], (atNs[span] ?? 0) + eachNs - 1);
  }
});

test("a curve of a range knows what was held before it, and of another memory nothing", () => {
  const run = timeline(
    [
      { bornNs: 10, diedNs: null, sizeBytes: 7 },
      { bornNs: 10, diedNs: null, sizeBytes: 9, series: 1 },
    ],
    { endNs: END_NS },
  );
  assert.deepEqual([...curveOf(courseOf(run), 0, 500, 600).mostBytes], [7, 7]);
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

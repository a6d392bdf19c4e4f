import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Life, timeline } from "../../../fixtures/timeline/timeline.ts";
import { memoriesOf } from "./memories.ts";
import { EventsByMemory } from "./memory-events.ts";
import { layerAt, layersByGroup, layersByMemory, rowGroups } from "./timeline-layers.ts";

const END_NS = 1_000;
const NAMES = 9;

const lives = fc.array(
  fc
    .record({
      bornNs: fc.nat(END_NS - 1),
      livedNs: fc.option(fc.integer({ min: 1, max: 500 })),
      sizeBytes: fc.integer({ min: 1, max: 100 }),
      test: fc.nat(NAMES - 1),
      series: fc.constantFrom(0 as const, 1 as const),
    })
    .map(({ livedNs, ...life }): Life & { readonly test: number } => {
      return { ...life, diedNs: livedNs === null ? null : Math.min(life.bornNs + livedNs, END_NS) };
    }),
  { maxLength: 30 },
);

const heldAt = (all: readonly Life[], atNs: number): number =>
  all.reduce((sum, { bornNs, diedNs, sizeBytes }) => {
    return sum + (bornNs <= atNs && (diedNs ?? Infinity) > atNs ? sizeBytes : 0);
  }, 0);

for (const isExact of [true, false]) {
  test(`layers are what each part held ${isExact ? "at each instant" : "at the end of each bucket"}`, () => {
    fc.assert(
      fc.property(lives, fc.nat(END_NS - 1), fc.nat(END_NS), (all, one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const whole = timeline(all, { endNs: END_NS });
        const run = isExact ? whole : { ...whole, allocations: { ...whole.allocations, omitted: 1 } };
        const course = { timeline: run, events: new EventsByMemory(run.allocations) };
        const named = rowGroups(run, 0, (row) => `${all[row]?.test}`);
        const byGroup = layersByGroup(course, 0, named, from, to);
        const dram = all.filter(({ series }) => series === 0);
        const shown = new Set(byGroup.layers.map(({ name }) => name));
        for (const at of Array.from(byGroup.atNs)) {
          for (const layer of byGroup.layers) {
            const own = dram.filter(({ test: name }) => `${name}` === layer.name);
            assert.equal(layerAt(byGroup, layer, at), heldAt(own, at));
          }
          if (byGroup.others === null) continue;
          const rest = dram.filter(({ test: name }) => !shown.has(`${name}`));
          assert.equal(layerAt(byGroup, byGroup.others, at), heldAt(rest, at));
        }
        const byMemory = layersByMemory(course, memoriesOf(run), from, to);
        for (const layer of byMemory.layers) {
          const own = all.filter(({ series }) => ["DRAM", "L1"][series ?? 0] === layer.name);
          for (const at of Array.from(byMemory.atNs)) assert.equal(layerAt(byMemory, layer, at), heldAt(own, at));
        }
      }),
    );
  });
}

test("layers are of what held most for longest within the range", () => {
  const begun = Array.from(
    { length: NAMES },
    (_, index): Life => ({ bornNs: 0, diedNs: 100 + index, sizeBytes: 10, test: index }),
  );
  const run = timeline([...begun, { bornNs: 50, diedNs: null, sizeBytes: 1, test: NAMES }], { endNs: END_NS });
  const course = { timeline: run, events: new EventsByMemory(run.allocations) };
  const groups = rowGroups(run, 0, (row) => `${row}`);
  const namesIn = (from: number, to: number) =>
    layersByGroup(course, 0, groups, from, to).layers.map(({ name }) => name);
  assert.deepEqual(namesIn(0, 100), ["0", "1", "2", "3", "4", "5"]);
  assert.deepEqual(namesIn(104, 115), ["8", "7", "6", "9", "5"]);
});

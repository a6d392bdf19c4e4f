import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Life, timeline } from "../../../fixtures/timeline/timeline.ts";
import { eventsAt, nextEventNs, outermostEventNs } from "./events-at.ts";
import { EventsByMemory, type MemoryEvents, memoryEvents } from "./memory-events.ts";
import { placeAfter } from "./search-ascending.ts";

const END_NS = 100;

/** Born in no order, as those of several processes of one memory are. */
const lives = fc.array(
  fc
    .record({
      bornNs: fc.nat(END_NS),
      livedNs: fc.option(fc.nat(50)),
      sizeBytes: fc.integer({ min: 1, max: 9 }),
      series: fc.constantFrom(0 as const, 1 as const),
    })
    .map(({ livedNs, ...life }): Life => ({ ...life, diedNs: livedNs === null ? null : life.bornNs + livedNs })),
  { maxLength: 20 },
);

const heldAt = (all: readonly Life[], ns: number): number =>
  all.reduce((sum, { series, bornNs, diedNs, sizeBytes }) => {
    return sum + (series === 0 && bornNs <= ns && (diedNs ?? Infinity) > ns ? sizeBytes : 0);
  }, 0);

/** When all that happened at an instant had happened. */
const heldAfter = ({ atNs, heldBytes, beforeBytes }: MemoryEvents, ns: number): number =>
  heldBytes[placeAfter(atNs, ns) - 1] ?? beforeBytes;

test("events are the births and deaths of one memory's buffers in order, each with what was held after it", () => {
  fc.assert(
    fc.property(lives, (all) => {
      const { atNs, rows } = new EventsByMemory(timeline(all, { endNs: END_NS }).allocations).of(0);
      const expected = all.flatMap(({ series, bornNs, diedNs }, row) => {
        if (series !== 0) return [];
        return [[bornNs, row] as const, ...(diedNs === null ? [] : [[diedNs, ~row] as const])];
      });
      assert.deepEqual(
        [...atNs],
        expected.map(([at]) => at).toSorted((a, b) => (a ?? 0) - (b ?? 0)),
      );
      const isAfterBirth = (event: number) => (rows[event - 1] ?? -1) >= 0 && atNs[event] === atNs[event - 1];
      assert.ok(rows.every((row, event) => row >= 0 || !isAfterBirth(event)));
      const keyOf = (at: number, row: number) => `${at} ${row}`;
      assert.deepEqual(
        Array.from(rows, (row, event) => keyOf(atNs[event] ?? -1, row)).toSorted(),
        expected.map(([at, row]) => keyOf(at ?? -1, row)).toSorted(),
      );
    }),
  );
});

test("events of a range know what was held before it", () => {
  fc.assert(
    fc.property(lives, fc.nat(END_NS), fc.nat(END_NS), (all, one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const { allocations } = timeline(all, { endNs: END_NS });
      const events = memoryEvents(allocations, 0, from, to);
      for (let ns = from; ns <= to; ns++) assert.equal(heldAfter(events, ns), heldAt(all, ns));
      assert.equal(heldAfter(events, from - 1), heldAt(all, from - 1));
      assert.ok(events.atNs.every((at) => at >= from && at <= to));
    }),
  );
});

test("from one event to the next and back each instant is met once, with all that happened at it", () => {
  fc.assert(
    fc.property(lives, (all) => {
      const events = memoryEvents(timeline(all, { endNs: END_NS }).allocations, 0);
      const instants = [...new Set(events.atNs)];
      const walk = (from: number, by: 1 | -1): number[] => {
        const next = nextEventNs(events, from, by);
        return next === null ? [] : [next, ...walk(next, by)];
      };
      assert.deepEqual(walk(-1, 1), instants);
      assert.deepEqual(walk(Infinity, -1), instants.toReversed());
      assert.deepEqual(
        [outermostEventNs(events, "first"), outermostEventNs(events, "last")],
        [instants[0] ?? null, instants.at(-1) ?? null],
      );
      assert.deepEqual(
        instants.flatMap((ns) => [...eventsAt(events, ns).rows]),
        [...events.rows],
      );
      for (const ns of [-1, ...instants]) {
        const { before, rows, count } = eventsAt(events, ns + 0.5);
        assert.deepEqual(
          [before, rows.length, count],
          [events.atNs.filter((at) => at <= ns).length, 0, events.atNs.length],
        );
      }
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { traceRecord } from "../../../../fixtures/ring/ring-writer.ts";
import { TracedMemory } from "./traced-memory.ts";

const step = fc.record({
  kind: fc.constantFrom("allocate", "allocate", "free", "clear", "mark"),
  buffer: fc.integer({ min: 1, max: 12 }),
  allocator: fc.integer({ min: 1, max: 2 }),
  memoryType: fc.constantFrom("DRAM" as const, "L1" as const),
});

/** Buffers as plain data: allocator, buffer and address; the address is the step that allocated it. */
type Model = Map<string, number>;

/** Only what a real allocator could do: a buffer is not allocated twice, and an unknown one is not freed. */
function play(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) {
  const memory = new TracedMemory();
  const model: Model = new Map();
  const states: Model[] = [];
  steps.forEach(({ kind, buffer, allocator, memoryType }, index) => {
    const key = `${allocator} ${buffer}`;
    const where = { buffer, allocator, device: allocator, address: model.get(key) ?? index };
    if (kind === "allocate" && !model.has(key)) {
      memory.record(traceRecord({ ...where, memoryType }));
      model.set(key, index);
    } else if (kind === "free" && model.has(key)) {
      memory.record(traceRecord({ ...where, kind: "free", memoryType: null, address: 0 }));
      model.delete(key);
    } else if (kind === "clear") {
      memory.record(traceRecord({ kind: "allocator-cleared", allocator }));
      for (const known of [...model.keys()]) if (known.startsWith(`${allocator} `)) model.delete(known);
    } else if (kind === "mark") {
      memory.record(traceRecord({ kind: "mark", address: states.length }));
      states.push(new Map(model));
    }
  });
  return { memory, model, states };
}

const addressesOf = (model: Model): number[] => [...model.values()].sort((a, b) => a - b);

test("what is live agrees with a plain dictionary", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { memory, model } = play(steps);
      const live = [...memory.live()].map(({ address }) => address);
      assert.deepEqual(
        live.sort((a, b) => a - b),
        addressesOf(model),
      );
      assert.equal(memory.allocated - memory.freed, live.length);
    }),
  );
});

test("the intervals up to any mark add up to what was live at it, whichever marks are claimed", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.array(fc.boolean(), { maxLength: 80 }), (steps, claims) => {
      const { memory, states } = play(steps);
      const view = new Set<number>();
      states.forEach((state, mark) => {
        if (claims[mark] === true) return;
        for (const { born, died } of memory.claim(mark) ?? []) {
          for (const { address } of died) view.delete(address);
          for (const { address } of born) view.add(address);
        }
        assert.deepEqual(
          [...view].sort((a, b) => a - b),
          addressesOf(state),
        );
      });
    }),
  );
});

test("marks that nobody claims are merged into the next, beyond a limit", () => {
  const memory = new TracedMemory();
  for (let index = 0; index < 1500; index++) {
    memory.record(traceRecord({ address: index, buffer: index }));
    if (index > 0) memory.record(traceRecord({ kind: "free", address: index - 1, buffer: index - 1 }));
    memory.record(traceRecord({ kind: "mark", address: index }));
  }
  assert.equal(memory.claim(0), null);
  const intervals = memory.claim(1499) ?? [];
  const alive = new Set<number>();
  for (const { born, died } of intervals) {
    for (const { address } of died) alive.delete(address);
    for (const { address } of born) alive.add(address);
  }
  assert.deepEqual([intervals.length, [...alive]], [1000, [1499]]);
});

test("memory that is not followed is left out", () => {
  const memory = new TracedMemory();
  memory.record(traceRecord({ memoryType: null }));
  memory.record(traceRecord({ kind: "allocate-failed", memoryType: null }));
  memory.record(traceRecord({ kind: "cb-allocate", memoryType: null }));
  assert.deepEqual([[...memory.live()], memory.failedAllocations(), memory.records], [[], [], 3]);
});

test("a free that comes after its address was given again frees nothing: it was made before that", () => {
  const memory = new TracedMemory();
  memory.record(traceRecord({ timeNs: 10, buffer: 1, address: 0x20, bytesPerBank: 1024 }));
  memory.record(traceRecord({ timeNs: 30, buffer: 1, address: 0x20, bytesPerBank: 2048 }));
  memory.record(traceRecord({ kind: "free", timeNs: 20, buffer: 1, address: 0x20 }));
  assert.deepEqual(
    [...memory.live()].map(({ bytesPerBank, diedNs }) => [bytesPerBank, diedNs]),
    [[2048, null]],
  );
  memory.record(traceRecord({ kind: "free", timeNs: 40, buffer: 1, address: 0x20 }));
  assert.deepEqual([...memory.live()], []);
});

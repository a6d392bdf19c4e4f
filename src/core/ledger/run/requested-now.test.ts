import assert from "node:assert/strict";
import { test } from "node:test";
import { traceRecord } from "../../../../fixtures/ring/ring-writer.ts";
import type { TraceRecord } from "../../model/trace-record.ts";
import { requestedNow } from "./requested-now.ts";
import { TracedMemory } from "./traced-memory.ts";

function after(...records: readonly Partial<TraceRecord>[]) {
  const memory = new TracedMemory();
  for (const [index, record] of records.entries()) {
    memory.record(traceRecord({ chip: 0, buffer: index, address: index * 64, sizeBytes: 100, ...record }));
  }
  return requestedNow(memory);
}

const NOTHING = { DRAM: 0, L1: 0, L1_SMALL: 0, TRACE: 0 };

test("what is live counts as it was asked for, by memory type", () => {
  const freed = { kind: "free", buffer: 0, address: 0 } as const;
  const now = after({}, { memoryType: "L1", sizeBytes: 7 }, { sizeBytes: 30 }, freed);
  assert.deepEqual(now, { chip: 0, bytes: { ...NOTHING, DRAM: 30, L1: 7 } });
});

test("of several devices those count that begin with the lowest chip", () => {
  const now = after({ device: 1, chip: 1 }, { device: 2, chip: 0, sizeBytes: 5 }, { device: 3, chip: 0, sizeBytes: 6 });
  assert.deepEqual(now, { chip: 0, bytes: { ...NOTHING, DRAM: 11 } });
});

test("where nothing is live, that holds for each chip", () => {
  assert.deepEqual(after(), { chip: null, bytes: NOTHING });
});

for (const [what, records] of [
  ["the chip of a device is not known", [{}, { device: 2, chip: null }]],
  ["an allocator gave up what tensors still have", [{}, { kind: "allocator-cleared" }]],
] as const) {
  test(`where ${what}, nothing is known`, () => assert.equal(after(...records), null));
}

test("where records were lost, nothing is known", () => {
  const memory = new TracedMemory();
  memory.lost(1);
  assert.equal(requestedNow(memory), null);
});

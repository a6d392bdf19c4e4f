import assert from "node:assert/strict";
import { test } from "node:test";
import type { BookedBuffer } from "../model/server-view.ts";
import { SourceTally } from "./source-differences.ts";

function buffer({ pid = 7, memoryType = "DRAM", size = 100 }): BookedBuffer {
  const origin = { requestedBytes: BigInt(size), line: null, operation: null, test: null };
  const counts = { refCount: 1, allocs: 1, frees: 0, birth: 1 };
  return { device: 0, memoryType, address: 1n, sizeBytes: 4096n, pid, ...counts, origin };
}

const sent = (fields: Parameters<typeof buffer>[0]): BookedBuffer => {
  const { origin: _, ...rest } = buffer(fields);
  return { ...rest, sizeBytes: BigInt(fields.size ?? 100), origin: null };
};

test("sources that say the same differ in nothing, whatever the allocator makes of the sizes", () => {
  const tally = new SourceTally();
  tally.addRecorded([buffer({}), buffer({ memoryType: "L1" })]);
  tally.addSent([sent({ memoryType: "L1" }), sent({})]);
  assert.deepEqual(tally.differences(), []);
});

test("a process that sent nothing is compared with nothing", () => {
  const tally = new SourceTally();
  tally.addRecorded([buffer({}), buffer({ pid: 8 })]);
  tally.addSent([sent({ pid: 8 })]);
  assert.deepEqual(tally.differences(), []);
});

test("each process, device and memory type that differs is reported with both amounts", () => {
  const tally = new SourceTally();
  tally.addRecorded([buffer({}), buffer({ memoryType: "L1" }), buffer({ pid: 8 })]);
  tally.addSent([sent({ size: 101 }), sent({ memoryType: "L1" }), sent({ memoryType: "TRACE" })]);
  const one = (sizeBytes: number) => ({ buffers: 1, sizeBytes });
  const told = (sizeBytes: number) => ({ by: "messages", ...one(sizeBytes) });
  assert.deepEqual(tally.differences(), [
    { pid: 7, device: 0, memoryType: "DRAM", recorded: one(100), told: told(101) },
    { pid: 7, device: 0, memoryType: "TRACE", recorded: { buffers: 0, sizeBytes: 0 }, told: told(100) },
  ]);
});

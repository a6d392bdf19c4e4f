import assert from "node:assert/strict";
import { test } from "node:test";
import type { TraceRecord } from "../../core/model/trace-record.ts";
import { ListComparison } from "./compare-lists.ts";

const RECORD: TraceRecord = {
  kind: "allocate",
  device: 0,
  memoryType: "DRAM",
  address: 4096,
  sizeBytes: 24_000,
  bytesPerBank: 2000,
  buffer: 1,
  allocator: 9,
  thread: 1,
  context: 0,
  stack: 0,
  operation: 0,
  timeNs: 1,
  isInBuffer: false,
  chip: 0,
  banks: 12,
  unitBytes: 32,
};
const MARK: TraceRecord = { ...RECORD, kind: "mark", address: 1, memoryType: null };

/** What a comparison says of these records, where ttnn lists this at the mark 1. */
function compared(records: readonly TraceRecord[], buffers: [string, number, number][], bytesPerBank = {}) {
  const list = { mark: 1, bytesPerBank, buffers };
  const comparison = new ListComparison({ tracer: null, listed: [list], done: null });
  for (const record of records) comparison.record(record);
  const { compared: lists, equal, difference } = comparison;
  return { lists, equal, difference };
}

test("a list with the same buffers, and sizes as the allocator rounds them, is equal", () => {
  const end = compared([RECORD, MARK], [["DRAM", 4096, 2000]], { DRAM: 2016, L1: 0 });
  assert.deepEqual(end, { lists: 1, equal: 1, difference: null });
});

test("what only one of them has, another size and another total are each told", () => {
  const free: TraceRecord = { ...RECORD, kind: "free" };
  const cases = [
    { end: compared([MARK], [["DRAM", 4096, 2000]]), says: "only ttnn lists DRAM 4096 2000" },
    { end: compared([RECORD, MARK], []), says: "ttnn does not list DRAM 4096 2000" },
    { end: compared([RECORD, free, MARK], [["DRAM", 4096, 2000]]), says: "only ttnn lists DRAM 4096 2000" },
    { end: compared([RECORD, MARK], [["DRAM", 4096, 2001]]), says: "ttnn does not list DRAM 4096 2000" },
    {
      end: compared([RECORD, MARK], [["DRAM", 4096, 2000]], { DRAM: 2000 }),
      says: "DRAM has 2016 bytes in a bank, ttnn counts 2000",
    },
  ];
  for (const { end, says } of cases) {
    assert.deepEqual(end, { lists: 1, equal: 0, difference: `comparison 1: ${says}` });
  }
});

test("a mark that nobody wrote a list for is not compared", () => {
  assert.equal(compared([{ ...MARK, address: 2 }], []).lists, 0);
});

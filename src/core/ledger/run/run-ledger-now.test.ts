import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { traceRecord } from "../../../../fixtures/ring/ring-writer.ts";
import { Scenario } from "../../../../fixtures/run/scenario.ts";
import { TracedProcess } from "../../../../fixtures/run/traced-process.ts";
import type { RunEvent } from "../../model/event.ts";
import { tracedNow } from "./process-now.ts";
import { ProcessTrace } from "./process-trace.ts";
import { RunLedger } from "./run-ledger.ts";
import { TracedMemory } from "./traced-memory.ts";

const LISTED_MAX = 10;

function leakingTests(): readonly RunEvent[] {
  return new Scenario()
    .begin("a.py::one")
    .look("before", {})
    .look("after", { DRAM: { 64: 2048 } })
    .end("a.py::one")
    .begin("a.py::two")
    .look("before", { DRAM: { 64: 2048 } })
    .look("after", { DRAM: { 64: 2048, 4096: 4096 }, L1: { 512: 64 } })
    .events();
}

it("a process that is not traced is reported as its allocators said last", () => {
  const ledger = new RunLedger();
  for (const event of leakingTests()) ledger.apply(event);
  const [now] = ledger.now(LISTED_MAX);
  const told = now?.memories.map(({ memoryType, knownFrom, usedBytes, buffers }) => [
    memoryType,
    knownFrom,
    usedBytes,
    buffers,
  ]);
  assert.deepEqual(told?.slice(0, 2), [
    ["DRAM", "looks", 12 * 6144, 2],
    ["L1", "looks", 12 * 64, 1],
  ]);
  assert.deepEqual(
    now?.memories[0]?.largest.map(({ address, sizeBytes }) => [address, sizeBytes]),
    [
      [4096, 12 * 4096],
      [64, 12 * 2048],
    ],
  );
});

it("asking what is live changes nothing of the record", () => {
  const [asked, unasked] = [new RunLedger(), new RunLedger()];
  for (const event of leakingTests()) {
    unasked.apply(event);
    asked.apply(event);
    asked.now(LISTED_MAX);
    asked.recordSoFar();
  }
  assert.deepEqual(asked.record(), unasked.record());
});

it("a record so far has the tests that have ended, and what they left", () => {
  const ledger = new RunLedger();
  for (const event of leakingTests()) ledger.apply(event);
  const { tests, allocations } = ledger.recordSoFar();
  assert.deepEqual(
    tests.map(({ ref }) => ref.test),
    ["a.py::one"],
  );
  assert.equal(allocations.length, 3);
});

/** A traced test with a capture, which is what asking could disturb: exposed buffers and peaks are reported at their end. */
function tracedStory(ask: (process: TracedProcess) => void): TracedProcess {
  const process = new TracedProcess().begin("a.py::one");
  for (const step of [
    () => process.allocate(0x40, 4096).look("before"),
    () => process.record({ kind: "capture-begin", address: 7 }),
    () => process.record({ kind: "capture-end", address: 7 }),
    () => process.allocate(0x2000, 2048),
    () => process.record({ kind: "replay", address: 7 }),
    () => process.free(0x2000).look("after"),
    () => process.end("a.py::one"),
  ]) {
    step();
    ask(process);
  }
  return process;
}

it("asking what is traced changes nothing of peaks and of what replays may overwrite", () => {
  const asked = tracedStory(({ ledger }) => {
    ledger.now(LISTED_MAX);
    ledger.recordSoFar();
  });
  assert.deepEqual(asked.outcome(), tracedStory(() => {}).outcome());
});

describe("what is traced of a memory now", () => {
  function tracedOf(records: readonly { readonly address: number; readonly bytesPerBank: number }[]) {
    const memory = new TracedMemory();
    for (const { address, bytesPerBank } of records) {
      memory.record(traceRecord({ address, bytesPerBank, buffer: address, banks: 12, unitBytes: 32, chip: 3 }));
    }
    const trace = new ProcessTrace(0);
    trace.follow(memory);
    return trace;
  }

  it("is added up by device and memory type", () => {
    const trace = tracedOf([
      { address: 64, bytesPerBank: 2048 },
      { address: 8192, bytesPerBank: 4096 },
    ]);
    const [dram] = tracedNow(trace, LISTED_MAX);
    assert.deepEqual(dram?.place, { device: 3, openedAs: null });
    assert.equal(dram?.usedBytes, 12 * 6144);
    assert.equal(dram?.largestFreeBytesPerBank, null, "nobody asked the allocator how large it is");
  });

  it("has the largest free piece between its buffers, where the allocator said how much there is", () => {
    const trace = tracedOf([
      { address: 0, bytesPerBank: 2048 },
      { address: 6144, bytesPerBank: 2048 },
    ]);
    const usage = { memoryType: "DRAM" as const, banks: 12, totalBytesPerBank: 10_240, largestFreeBytesPerBank: 9 };
    const [dram] = tracedNow(trace, LISTED_MAX, () => ({ ...usage, allocatedBytesPerBank: 2048 }));
    assert.equal(dram?.largestFreeBytesPerBank, 4096);
    const [asSaid] = tracedNow(trace, LISTED_MAX, () => ({ ...usage, allocatedBytesPerBank: 4096 }));
    assert.equal(asSaid?.largestFreeBytesPerBank, 9, "nothing came or went since it was asked");
  });

  it("has no free piece once records were lost", () => {
    const trace = tracedOf([{ address: 0, bytesPerBank: 2048 }]);
    trace.memory.lost(1);
    const usage = { memoryType: "DRAM" as const, banks: 12, totalBytesPerBank: 10_240 };
    const [dram] = tracedNow(trace, LISTED_MAX, () => ({
      ...usage,
      allocatedBytesPerBank: 0,
      largestFreeBytesPerBank: 1,
    }));
    assert.equal(dram?.largestFreeBytesPerBank, null);
  });
});

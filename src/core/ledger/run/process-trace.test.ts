import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TracedProcess } from "../../../../fixtures/run/traced-process.ts";
import { tracedSizeOf } from "../traced-size.ts";

describe("what was traced of an allocation", () => {
  test("is the test and phase it was allocated in, its stack, and the test that freed it", () => {
    const stack = [{ file: "/suite/a.py", line: 3, function: "f" }];
    const process = new TracedProcess().begin("a").look("before").enter("setup").allocate(0x20, 64, { stack: 7 });
    process.enter("call").allocate(0x80, 128).look("after").end("a");
    process.begin("b").look("before").enter("teardown").free(0x20).look("after").end("b");
    const lives = process.outcome(new Map([[7, stack]])).allocations.map(({ traced }) => traced);
    const facts = lives.map((life) => [life?.context?.ref?.test, life?.context?.phase, life?.freed?.ref?.test]);
    assert.deepEqual(facts, [
      ["a", "setup", "b"],
      ["a", "call", undefined],
    ]);
    assert.deepEqual(lives[0]?.stack, stack);
    assert.deepEqual([lives[0]?.freed?.phase, lives[1]?.stack, lives[1]?.requestedBytes], ["teardown", [], 24_576]);
  });

  test("is that of the buffer which is there now, where an address is used again", () => {
    const process = new TracedProcess().begin("a").look("before").allocate(0x20, 64).free(0x20).end("a");
    process.begin("b").allocate(0x20, 64).look("after").end("b");
    assert.deepEqual(
      process.outcome().allocations.map(({ traced }) => traced?.context?.ref?.test),
      ["b"],
    );
  });

  test("is nothing where a block is not the buffer that was traced there", () => {
    const process = new TracedProcess().begin("a").allocate(0x20, 64).changeUnseen({ 32: 4096 }).look("after");
    assert.deepEqual(
      process.outcome().allocations.map(({ traced }) => traced),
      [null],
    );
  });

  test("is what was recorded up to the measurement, however far the records are ahead", () => {
    const process = new TracedProcess().begin("a").allocate(0x20, 64).look("after");
    process.record({ kind: "free", address: 0x20, buffer: 0x20 });
    const [allocation] = process.outcome().allocations;
    assert.equal(allocation?.traced?.context?.ref?.test, "a");
    assert.equal(allocation?.death, null);
  });

  test("ends with its allocator, freed by nobody", () => {
    const process = new TracedProcess().begin("a").allocate(0x20, 64).look("after").end("a");
    process.record({ kind: "allocator-destroyed" });
    assert.deepEqual([...process.memory.live()], []);
    assert.equal(process.outcome().allocations[0]?.traced?.freed, null);
  });

  test("ends where its allocator is cleared", () => {
    const process = new TracedProcess().begin("a").allocate(0x20, 64).look("after").end("a").begin("b");
    process.record({ kind: "allocator-cleared" }).changeUnseen({}).look("after");
    assert.equal(process.outcome().allocations[0]?.traced?.freed?.ref?.test, "b");
  });
});

describe("the traced buffers and the allocator's list", () => {
  test("are compared at each look, and agree", () => {
    const process = new TracedProcess().begin("a").look("before").allocate(0x20, 64).look("after-call");
    const { traceDiscrepancies, processes } = process.free(0x20).look("after").outcome();
    assert.deepEqual(traceDiscrepancies, []);
    assert.equal(processes[0]?.trace.comparisons, 12);
  });

  for (const [bytes, isSame] of [
    [63, false],
    [64, true],
    [128, true],
    [129, false],
  ] as const) {
    test(`a block of ${bytes} bytes ${isSame ? "is" : "is not"} one for a buffer of 64`, () => {
      const process = new TracedProcess().begin("a").allocate(0x20, 64).changeUnseen({ 32: bytes }).look("after");
      assert.equal(process.outcome().traceDiscrepancies.length, isSame ? 0 : 1);
    });
  }

  test("are reported where they differ, once: the allocator's word holds from then on", () => {
    const process = new TracedProcess().begin("a").allocate(0x20, 64).allocate(0x80, 64).look("after-setup");
    process.changeUnseen({ 128: 64, 256: 32 }).look("after-call").look("after");
    const { traceDiscrepancies, processes } = process.outcome();
    const told = traceDiscrepancies.map(({ untold, unlisted, at, tracedBytesPerBank, allocatedBytesPerBank }) => {
      return [untold, unlisted, at.moment, tracedBytesPerBank, allocatedBytesPerBank];
    });
    assert.deepEqual(told, [[1, 1, "after-call", 128, 96]]);
    assert.equal(processes[0]?.trace.repaired, 0);
  });

  test("differ in their totals where nothing was listed", () => {
    const process = new TracedProcess().begin("a").allocate(0x20, 64).changeUnseen({ 32: 64, 128: 4096 });
    const [found] = process.look("after", { isListed: false }).outcome().traceDiscrepancies;
    assert.deepEqual([found?.untold, found?.tracedBytesPerBank, found?.allocatedBytesPerBank], [null, 64, 4160]);
  });

  test("are not compared where something happened while the allocator was asked, or the mark was lost", () => {
    const process = new TracedProcess().begin("a").allocate(0x20, 64).changeUnseen({});
    process.look("after-call", { isStill: false }).look("after", { isMarked: false });
    const { traceDiscrepancies, processes } = process.outcome();
    assert.deepEqual([traceDiscrepancies, processes[0]?.trace.comparisons], [[], 0]);
  });

  test("are repaired from the list after records were lost, and that is not a finding", () => {
    const process = new TracedProcess().begin("a").allocate(0x20, 64).allocate(0x80, 64).look("after-setup");
    process.memory.lost(5);
    process.changeUnseen({ 128: 64, 256: 32 }).look("after-call").look("after").end("a");
    const { traceDiscrepancies, processes, allocations } = process.outcome();
    assert.deepEqual(traceDiscrepancies, []);
    assert.deepEqual([processes[0]?.trace.lost, processes[0]?.trace.repaired], [5, 2]);
    assert.equal(allocations.find(({ address }) => address === 0x100n)?.traced, null);
  });

  test("know a buffer whose birth was lost by its address when it is freed", () => {
    const process = new TracedProcess().begin("a").look("before");
    process.memory.lost(1);
    process.changeUnseen({ 256: 32 }).look("after-call").free(0x100).look("after");
    assert.deepEqual(process.outcome().traceDiscrepancies, []);
  });
});

describe("memory that ran out", () => {
  test("is reported with who asked, how much, and whose memory was live there then", () => {
    const process = new TracedProcess().begin("a").allocate(0x20, 64).allocate(0x60, 64).enter("teardown");
    process.allocate(0xa0, 32).end("a").begin("b").allocate(0x100, 16).allocate(0x200, 999, { memoryType: "L1" });
    process.record({ kind: "allocate-failed", sizeBytes: 5000, bytesPerBank: 0 });
    const [moment, ...others] = process.outcome().outOfMemory;
    assert.deepEqual(others, []);
    assert.deepEqual([moment?.at?.ref?.test, moment?.requestedBytes, moment?.memoryType], ["b", 5000, "DRAM"]);
    const shares = moment?.memory.shares.map(({ context, buffers, bytesPerBank }) => {
      return [context?.ref?.test, context?.phase, buffers, bytesPerBank];
    });
    assert.deepEqual(shares, [
      ["a", "call", 2, 128],
      ["a", "teardown", 1, 32],
      ["b", "call", 1, 16],
    ]);
    assert.deepEqual([...(moment?.memory.layout?.addresses ?? [])], [0x20, 0x60, 0xa0, 0x100]);
  });

  test("again and again is reported up to a limit, then counted", () => {
    const process = new TracedProcess().begin("a");
    for (let i = 0; i < 52; i++) process.record({ kind: "allocate-failed" });
    const { outOfMemory, processes } = process.outcome();
    assert.deepEqual([outOfMemory.length, processes[0]?.trace.moreOutOfMemory], [50, 2]);
  });
});

/** What the tracer says of DRAM on a device of 12 banks whose first chip is 0. */
const PLACE = { chip: 0, banks: 12, unitBytes: 32 } as const;

describe("one number for a device, and one size for a buffer", () => {
  const failed = { kind: "allocate-failed", sizeBytes: 8192, bytesPerBank: 2020 } as const;

  test("are the first chip, and the bytes per bank as the allocator rounds them x banks", () => {
    const process = new TracedProcess().begin("a").allocate(0x20, 40, PLACE);
    const [moment] = process.record({ ...failed, device: 9, ...PLACE }).outcome().outOfMemory;
    assert.deepEqual([moment?.device, moment?.openedAs], [0, null]);
    assert.deepEqual([moment?.sizeBytes, moment?.isExact, moment?.requestedBytes], [2048 * 12, true, 8192]);
    assert.deepEqual([...process.memory.live()].map(tracedSizeOf), [
      { sizeBytes: 64 * 12, isExact: true, requestedBytes: 24_576 },
    ]);
  });

  test("are, where the records name no chip, what a measurement of the device said, and what was asked for", () => {
    const process = new TracedProcess().begin("a").look("before");
    const [moment] = process.record({ ...failed, banks: 12 }).outcome().outOfMemory;
    assert.deepEqual([moment?.device, moment?.openedAs], [0, null]);
    assert.deepEqual([moment?.sizeBytes, moment?.isExact, moment?.requestedBytes], [8192, false, 8192]);
  });

  test("are those of the opening where nobody knows the chip", () => {
    const [moment] = new TracedProcess()
      .begin("a")
      .record({ ...failed, device: 9 })
      .outcome().outOfMemory;
    assert.deepEqual([moment?.device, moment?.openedAs], [9, 9]);
  });

  test("hold for what is live when memory runs out", () => {
    const process = new TracedProcess()
      .begin("a")
      .allocate(0x20, 40, PLACE)
      .record({ ...failed, ...PLACE });
    assert.equal(process.outcome().outOfMemory[0]?.memory.shares[0]?.bytesPerBank, 64);
  });
});

describe("the most that a memory held", () => {
  test("is one figure for a device, however often it was opened", () => {
    const process = new TracedProcess();
    for (const device of [3, 5]) {
      process.allocate(0x20, 64, { device, ...PLACE }).allocate(0x60, 64, { device, ...PLACE });
      process.record({ kind: "allocator-destroyed" });
    }
    const size = { memoryType: "DRAM", peakBytes: 2 * 64 * 12, isExact: true };
    assert.deepEqual(process.memory.peaks(), [{ device: 0, openedAs: null, ...size }]);
  });

  test("is what was asked for, each opening for itself, where neither chip nor banks are known", () => {
    const process = new TracedProcess();
    process.allocate(0x20, 64, { device: 3, sizeBytes: 100 }).allocate(0x60, 64, { device: 5, sizeBytes: 200 });
    const size = { memoryType: "DRAM", isExact: false };
    assert.deepEqual(process.memory.peaks(), [
      { device: 3, openedAs: 3, ...size, peakBytes: 100 },
      { device: 5, openedAs: 5, ...size, peakBytes: 200 },
    ]);
  });
});

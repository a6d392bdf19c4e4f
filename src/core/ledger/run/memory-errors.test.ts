import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TracedProcess } from "../../../../fixtures/run/traced-process.ts";
import type { BufferClash, RefusedAllocation } from "../../model/memory-error.ts";

/** As the looks of the fixture have it: 12 banks of 1,000,000. */
const REFUSED: RefusedAllocation = {
  error: "refused",
  memoryType: "DRAM",
  requestedBytes: 5000,
  banks: 12,
  bytesPerBank: 417,
  totalBytesPerBank: 1_000_000,
  allocatedBytesPerBank: 64,
  freeBytesPerBank: 999_936,
  largestFreeBytesPerBank: 400,
};

const CLASH: BufferClash = {
  error: "clash",
  buffers: "circular",
  program: 7,
  cores: "[(x=0,y=0) - (x=7,y=7)]",
  lowestAddress: 0x100,
  regionEnd: 0x180,
};

const L1 = { memoryType: "L1" } as const;

describe("an allocation that a test failed with", () => {
  it("is reported by its message where no record is of it, with what the looks found", () => {
    const process = new TracedProcess().begin("a").look("before").allocate(0x20, 64).look("after-call");
    const [moment, ...others] = process.fail(REFUSED, { isMarked: false }).outcome().outOfMemory;
    assert.deepEqual(others, []);
    assert.deepEqual([moment?.source, moment?.device, moment?.at?.ref?.test], ["message", 0, "a"]);
    assert.deepEqual([moment?.memory.knownFrom, moment?.memory.isWhole], ["looks", true]);
    assert.equal(moment?.memory.shares[0]?.context?.ref?.test, "a");
    assert.deepEqual(moment?.stack, [{ file: "/suite/a.py", line: 5, function: "test" }]);
  });

  it("is reported once where it was recorded too, with the allocator's own words", () => {
    const process = new TracedProcess().begin("a").look("before").allocate(0x20, 64);
    process.record({ kind: "allocate-failed", sizeBytes: 5000, bytesPerBank: 417 });
    const { outOfMemory } = process.record({ kind: "allocate-failed", sizeBytes: 6000 }).fail(REFUSED).outcome();
    assert.deepEqual(
      outOfMemory.map(({ source, said }) => [source, said?.largestFreeBytesPerBank]),
      [
        ["events", 400],
        ["events", undefined],
      ],
    );
  });

  it("is not the one that was recorded in another test", () => {
    const process = new TracedProcess().begin("a").look("before").allocate(0x20, 64);
    process.record({ kind: "allocate-failed", sizeBytes: 5000 }).end("a").begin("b").fail(REFUSED);
    assert.deepEqual(
      process.outcome().outOfMemory.map(({ source, at }) => [source, at?.ref?.test]),
      [
        ["events", "a"],
        ["message", "b"],
      ],
    );
  });

  it("is not all known where something was freed before the look", () => {
    const process = new TracedProcess().begin("a").look("before").allocate(0x20, 32).look("after-call");
    assert.equal(process.fail(REFUSED, { isMarked: false }).outcome().outOfMemory[0]?.memory.isWhole, false);
  });

  it("is on no known device where none has such a memory", () => {
    const process = new TracedProcess().begin("a").look("before").allocate(0x20, 64).look("after-call");
    const [moment] = process.fail({ ...REFUSED, banks: 8 }, { isMarked: false }).outcome().outOfMemory;
    assert.deepEqual([moment?.device, moment?.openedAs, moment?.memory.knownFrom], [-1, -1, "nothing"]);
  });

  it("is kept up to a limit, then counted", () => {
    const process = new TracedProcess().begin("a").look("before");
    for (let i = 0; i < 52; i++) process.fail(REFUSED);
    const { outOfMemory, processes } = process.outcome();
    assert.deepEqual([outOfMemory.length, processes[0]?.moreMemoryErrors], [50, 2]);
  });
});

describe("a clash that a test failed with", () => {
  it("is with what is live on the device that has the lowest buffer there", () => {
    const process = new TracedProcess().begin("a").look("before").allocate(0x100, 64, L1).allocate(0x200, 64, L1);
    process
      .allocate(0x300, 64, { ...L1, device: 2, chip: 1 })
      .end("a")
      .begin("b");
    const { clashes, outOfMemory } = process.fail(CLASH).outcome();
    const [clash, ...others] = clashes;
    assert.deepEqual([others, outOfMemory], [[], []]);
    assert.deepEqual([clash?.ref?.test, clash?.device, clash?.memory.knownFrom], ["b", 0, "events"]);
    assert.deepEqual([...(clash?.memory.layout?.addresses ?? [])], [0x100, 0x200]);
    assert.deepEqual([clash?.memory.shares[0]?.oldestNs, clash?.atNs], [1_000, 2_000]);
  });

  it("is on no known device where two fit", () => {
    const process = new TracedProcess().begin("a").look("before").allocate(0x100, 64, L1);
    const [clash] = process
      .allocate(0x100, 64, { ...L1, device: 2, allocator: 0x20 })
      .fail(CLASH)
      .outcome().clashes;
    assert.deepEqual([clash?.device, clash?.memory.shares], [-1, []]);
  });

  it("is with what is live, as far as that is known, where no buffer is known there", () => {
    const process = new TracedProcess().begin("a").look("before").allocate(0x200, 64, L1);
    const [clash] = process.fail(CLASH).outcome().clashes;
    assert.deepEqual([clash?.memory.shares.length, clash?.memory.isWhole], [1, false]);
  });
});

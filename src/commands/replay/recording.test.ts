import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { DEEDS, EVENT, isInOrder, RINGS, read, recordsOf, wanted } from "../../../fixtures/recording/read-recording.ts";
import { type Deed, END, RUN, recordingOf } from "../../../fixtures/recording/recorded.ts";
import type { MemoryError } from "../../core/model/memory-error.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import { BATCH_RECORDS_MAX } from "../../core/model/recording.ts";
import { TRACE_KINDS, type TraceRecord } from "../../core/model/trace-record.ts";

const Word = fc.nat(2 ** 32 - 1);
/** As a ring has it: all that fits, or a round number beyond 2^53. */
const Long = fc.oneof(fc.nat(1_000_000), fc.maxSafeNat(), fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 53, 2 ** 61));

const AnyRecord: fc.Arbitrary<TraceRecord> = fc.record(
  {
    kind: fc.constantFrom(...TRACE_KINDS),
    device: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    memoryType: fc.constantFrom(...MEMORY_TYPES, null),
    address: Long,
    sizeBytes: Long,
    bytesPerBank: Long,
    buffer: Long,
    allocator: Long,
    thread: Word,
    context: Word,
    stack: Word,
    operation: Word,
    timeNs: fc.oneof(fc.nat(1_000_000), fc.maxSafeNat()),
    isInBuffer: fc.boolean(),
    chip: fc.option(fc.nat(65_534)),
    banks: fc.nat(65_535),
    unitBytes: fc.nat(65_535),
  },
  { noNullPrototype: true },
);

const AnyDeed: fc.Arbitrary<Deed> = fc.oneof(
  fc
    .nat(5)
    .map((process): Deed => ({ kind: "event", event: { kind: "collected", process, tests: 1, paths: ["tests"] } })),
  fc
    .record({ ring: fc.nat(2), records: fc.array(AnyRecord, { minLength: 1, maxLength: 20 }) })
    .map((some): Deed => ({ kind: "records", ...some })),
  fc
    .record({ ring: fc.nat(2), records: fc.integer({ min: 1, max: 9 }) })
    .map((some): Deed => ({ kind: "lost", ...some })),
  fc.constant<Deed>({ kind: "flush" }),
);

const AnyDeeds = fc.array(AnyDeed, { maxLength: 30 }).map((deeds) => [...RINGS, ...deeds]);

/** Adds up losses that follow one another, as a recording does. */
function withSums(steps: readonly unknown[]): unknown[] {
  const sums: unknown[] = [];
  for (const step of steps) {
    const last = sums.at(-1);
    if (isLoss(step) && isLoss(last) && step.ring === last.ring)
      sums[sums.length - 1] = { ...last, records: last.records + step.records };
    else sums.push(step);
  }
  return sums;
}

function isLoss(step: unknown): step is { kind: "lost"; ring: number; records: number } {
  return step instanceof Object && "kind" in step && step.kind === "lost";
}

test("what was heard is read in the order in which it was heard, whenever it was written", () => {
  fc.assert(
    fc.property(AnyDeeds, (deeds) => {
      const { taken, run, end, problem } = read(recordingOf(deeds));
      assert.deepEqual(withSums(taken.filter(isInOrder)), withSums(wanted(deeds).filter(isInOrder)));
      assert.deepEqual([run, end, problem], [RUN, END, null]);
    }),
  );
});

for (const count of [BATCH_RECORDS_MAX - 1, BATCH_RECORDS_MAX, BATCH_RECORDS_MAX + 1]) {
  test(`${count} records between two events are all there`, () => {
    const deeds = [...RINGS, EVENT, recordsOf(count), EVENT];
    assert.deepEqual(read(recordingOf(deeds)).taken.filter(isInOrder), wanted(deeds).filter(isInOrder));
  });
}

const CLASH: MemoryError = {
  error: "clash",
  buffers: "circular",
  program: 7,
  cores: "[(x=0,y=0) - (x=7,y=7)]",
  lowestAddress: 0x8_0000,
  regionEnd: 0x9_0000,
};

test("every event comes back as it was, with its addresses", () => {
  const block = { memoryType: "L1", address: 0xffff_ffff_ffff_ffffn, bytesPerBank: 2048 } as const;
  const of = { process: 3, deviceKey: 7, memoryType: "L1", address: block.address } as const;
  const deeds: Deed[] = [
    { kind: "kept", ...of, by: "failure" } as const,
    { kind: "waiting", process: 3, deviceKey: 7, blocks: [{ memoryType: "TRACE", address: 0n }] } as const,
    { kind: "memory-error", process: 3, error: CLASH, stack: [], mark: null, atNs: 9_000 } as const,
    { kind: "not-warmed-up", process: 3, reason: "it took over 10 s" } as const,
    { kind: "not-repeated", process: 3, reason: "it took over 10 s" } as const,
    { kind: "process-lost", process: 3, refusal: null } as const,
    { kind: "refused", reason: "not JSON" } as const,
  ].map((event) => ({ kind: "event", event }));
  assert.deepEqual(read(recordingOf(deeds)).taken, deeds);
});

test("stacks come once each, in whatever parts they were written", () => {
  const stacks = new Map([[1, [{ file: "a.py", line: 1, function: "f" }]]]);
  const first: Deed = { kind: "stacks", ring: 0, stacks: new Map(stacks) };
  stacks.set(2, [{ file: "b.py", line: 2, function: "g" }]);
  const { taken } = read(recordingOf([...RINGS, first, EVENT, { kind: "stacks", ring: 0, stacks }]));
  const read_ = taken.flatMap((step) => (step instanceof Object && "stacks" in step ? step.stacks : []));
  assert.deepEqual(read_, [...stacks]);
});

test("what the disk did not take is counted, and what comes later is there", () => {
  const deeds: Deed[] = [
    ...RINGS,
    EVENT,
    { kind: "flush" },
    { kind: "behind" },
    EVENT,
    EVENT,
    recordsOf(5),
    { kind: "flush" },
  ];
  const dropped = { kind: "dropped", dropped: { events: 2, records: [[0, 5]] } };
  const { taken, problem } = read(recordingOf([...deeds, { kind: "caught-up" }, EVENT]));
  assert.deepEqual(taken.filter(isInOrder), [EVENT, dropped, EVENT]);
  assert.equal(problem, null);
  // Also where the disk never follows again.
  assert.deepEqual(read(recordingOf(deeds)).taken.filter(isInOrder), [EVENT, dropped]);
});

test("a recording of format 1, of a run as all were, is read as one is that is made today", () => {
  const { taken, run, end, problem } = read(readFileSync("fixtures/recording/format-1.mcap"));
  assert.deepEqual(run, { ...RUN, startedNs: null });
  assert.deepEqual([end, problem, taken.length], [END, null, 12]);
});

test("one that was not ended has all that was flushed, and says that its end is missing", () => {
  const { taken, end, problem, chunks } = read(recordingOf(DEEDS, null));
  assert.deepEqual(taken.filter(isInOrder), wanted(DEEDS).filter(isInOrder));
  assert.deepEqual([end, chunks], [null, 5]);
  assert.match(problem ?? "", /^it was cut: it has \d+ bytes, and no end$/);
});

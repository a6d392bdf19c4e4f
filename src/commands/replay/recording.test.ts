import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import { McapRecordBuilder, Opcode } from "@mcap/core";
import fc from "fast-check";
import { copyOf, type Deed, END, RUN, recordingOf, ringOf } from "../../../fixtures/recording/recorded.ts";
import { traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import type { MemoryError } from "../../core/model/memory-error.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import { BATCH_RECORDS_MAX } from "../../core/model/recording.ts";
import { TRACE_KINDS, type TraceRecord } from "../../core/model/traced.ts";
import { CHUNK_BYTES_MAX } from "../../in/recording/mcap-file.ts";
import { RecordingReader } from "../../in/recording/recording-reader.ts";
import type { RecordingStep } from "../../in/recording/recording-step.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-recording-"));
after(() => rmSync(home, { recursive: true }));
const FILE = join(home, "run.mcap");

/** What is read of a file, with each event and record on its own, as what was done has them. */
function read(bytes: Buffer) {
  writeFileSync(FILE, bytes);
  using reader = RecordingReader.open(FILE);
  const taken: unknown[] = [];
  let end: unknown = null;
  let run: unknown = null;
  for (const step of reader.steps()) {
    if (step.kind === "begin") run = step.begun;
    else if (step.kind === "end") end = step.end;
    else taken.push(...one(step));
  }
  const { problem, readableBytes, chunks } = reader;
  return { taken, run, end, problem, readableBytes, chunks };
}

function one(step: RecordingStep): unknown[] {
  if (step.kind !== "records") return [step];
  return Array.from({ length: step.count }, () => ({ record: copyOf(step.next()), ring: step.ring }));
}

/** What should be read of what was done; stacks are not in the order of the rest. */
function wanted(deeds: readonly Deed[]): unknown[] {
  return deeds.flatMap((deed): unknown[] => {
    if (deed.kind === "records") return deed.records.map((record) => ({ record, ring: deed.ring }));
    return deed.kind === "flush" || deed.kind === "stacks" ? [] : [deed];
  });
}

const isInOrder = (step: unknown) =>
  !(step instanceof Object && "kind" in step && ["stacks", "ring"].includes(String(step.kind)));

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

const RINGS: readonly Deed[] = [0, 1, 2].map((ring) => ({ kind: "ring", ring: ringOf(ring) }));
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

const EVENT: Deed = { kind: "event", event: { kind: "collected", process: 0, tests: 1, paths: null } };
const recordsOf = (count: number): Deed => ({
  kind: "records",
  ring: 0,
  records: Array.from({ length: count }, (_, index) =>
    traceRecord({ timeNs: 1e15 + index * 900, address: index * 64 }),
  ),
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

/** A recording of several chunks. */
const DEEDS: readonly Deed[] = [
  ...RINGS,
  ...[1, 2, 3, 4].flatMap((n): Deed[] => [EVENT, recordsOf(n * 50), { kind: "flush" }]),
];
const WHOLE = recordingOf(DEEDS);

/** Whether what is read of a damaged file is a beginning of what the whole one has, or a clear refusal. */
function checkDamaged(bytes: Buffer): void {
  let found: ReturnType<typeof read>;
  try {
    found = read(bytes);
  } catch (error) {
    assert.equal(error instanceof Error && error.name, "RecordingError", String(error));
    return;
  }
  const all = wanted(DEEDS).filter(isInOrder);
  const taken = found.taken.filter(isInOrder);
  assert.deepEqual(taken, all.slice(0, taken.length));
  if (!bytes.equals(WHOLE)) assert.notEqual(found.problem, null, "damage is reported");
}

/** Where each record of an MCAP file begins: after its magic come an opcode, a length, and as many bytes. */
function edgesOf(bytes: Buffer): number[] {
  const edges: number[] = [];
  for (let at = 8; at + 9 <= bytes.length; at += 9 + Number(bytes.readBigUInt64LE(at + 1))) edges.push(at);
  return edges;
}

test("a recording that is cut at any record's edge, or beside it, has its beginning, and says so", () => {
  const edges = edgesOf(WHOLE).flatMap((edge) => [edge - 1, edge, edge + 1, edge + 9]);
  for (const length of [0, 1, 7, 8, ...edges, WHOLE.length - 1]) checkDamaged(WHOLE.subarray(0, length));
});

test("a recording that is cut anywhere has its beginning, up to the last whole chunk, and says so", () => {
  const cuts = fc.property(fc.nat(WHOLE.length - 1), (length) => checkDamaged(WHOLE.subarray(0, length)));
  fc.assert(cuts, { numRuns: 1_000 });
});

test("a recording with any bits flipped is read up to there, or is refused; it is never read wrongly", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(WHOLE.length - 1), fc.nat(7)), { minLength: 1, maxLength: 3 }), (flips) => {
      const bytes = Buffer.from(WHOLE);
      for (const [at, bit] of flips) bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      if (!bytes.equals(WHOLE)) checkDamaged(bytes);
    }),
    { numRuns: 300 },
  );
});

test("a chunk that is taken for something else leaves no gap: what comes after it is not read", () => {
  const chunks = edgesOf(WHOLE).filter((edge) => WHOLE[edge] === Opcode.CHUNK);
  const bytes = Buffer.from(WHOLE);
  bytes[chunks[2] ?? 0] = 0x86;
  checkDamaged(bytes);
  assert.match(read(bytes).problem ?? "", /^it is damaged: block 1 of it is missing$/);
});

test("a recording of format 1, of a run as all were, is read as one is that is made today", () => {
  const { taken, run, end, problem } = read(readFileSync("fixtures/recording/format-1.mcap"));
  assert.deepEqual(run, { ...RUN, startedNs: null });
  assert.deepEqual([end, problem, taken.length], [END, null, 12]);
});

test("a gigabyte of zeros is refused at once", () => {
  writeFileSync(FILE, "");
  truncateSync(FILE, 2 ** 30);
  using reader = RecordingReader.open(FILE);
  assert.throws(() => [...reader.steps()], { name: "RecordingError", message: /^it is not a recording/ });
});

test("one that was not ended has all that was flushed, and says that its end is missing", () => {
  const { taken, end, problem, chunks } = read(recordingOf(DEEDS, null));
  assert.deepEqual(taken.filter(isInOrder), wanted(DEEDS).filter(isInOrder));
  assert.deepEqual([end, chunks], [null, 5]);
  assert.match(problem ?? "", /^it was cut: it has \d+ bytes, and no end$/);
});

/** An MCAP file that begins like this, of whoever. */
function mcap(profile: string, format: string | null, add: (records: McapRecordBuilder) => void = () => {}): Buffer {
  const records = new McapRecordBuilder();
  records.writeMagic();
  records.writeHeader({ profile, library: "somebody" });
  if (format !== null) records.writeMetadata({ name: "tt-memwatch", metadata: new Map([["format", format]]) });
  add(records);
  return Buffer.from(records.buffer);
}

const MESSAGE = { channelId: 0, sequence: 0, logTime: 0n, publishTime: 0n, data: new Uint8Array(2) };
const CHANNEL = { id: 0, schemaId: 0, topic: "run", messageEncoding: "json", metadata: new Map<string, string>() };

/** A chunk that says it has so many bytes, of so many zeros. */
function chunkOf(saysBytes: number, zeros: number): (records: McapRecordBuilder) => void {
  const records = zstdCompressSync(Buffer.alloc(zeros));
  const times = { messageStartTime: 0n, messageEndTime: 0n };
  const sizes = { uncompressedSize: BigInt(saysBytes), uncompressedCrc: 0 };
  return (builder) => builder.writeChunk({ ...times, ...sizes, compression: "zstd", records });
}

for (const [what, bytes, reason] of [
  ["an empty file", Buffer.alloc(0), /^it is not a recording, as tt-memwatch run --record FILE makes it$/],
  [
    "a text",
    Buffer.from("def test_a():\n    pass\n"),
    /^it is not a recording, as tt-memwatch run --record FILE makes it$/,
  ],
  ["zeros", Buffer.alloc(1_000_000), /^it is not a recording, as tt-memwatch run --record FILE makes it$/],
  ["the beginning of MCAP and zeros", Buffer.concat([WHOLE.subarray(0, 8), Buffer.alloc(1_000_000)]), /opcode 0$/],
  ["somebody else's MCAP", mcap("ros2", null), /^it is an MCAP file that tt-memwatch did not write \(profile "ros2"/],
  ["MCAP of somebody with a terminal", mcap("\x1b[31m", null), /\(profile "\\x1b\[31m"/],
  ["a newer format", mcap("tt-memwatch", "3"), /^it is a recording of format 3, .* reads 2: use a newer tt-memwatch$/],
  ["a format that is not a number", mcap("tt-memwatch", "one"), /^it is a recording of the unknown format "one"$/],
  [
    "no format",
    mcap("tt-memwatch", null, (records) => [records.writeChannel(CHANNEL), records.writeMessage(MESSAGE)]),
    /^it does not say in which format it was recorded$/,
  ],
  ["nothing after its header", mcap("tt-memwatch", "1"), /^nothing of it can be read: it was cut/],
  ["a chunk over the limit", mcap("tt-memwatch", "1", chunkOf(CHUNK_BYTES_MAX + 1, 9)), /a chunk of 268435457 bytes/],
  ["a chunk that becomes larger than it says", mcap("tt-memwatch", "1", chunkOf(64, 50_000_000)), /^nothing of it/],
  ["a chunk that becomes smaller than it says", mcap("tt-memwatch", "1", chunkOf(64, 63)), /63 bytes and says 64/],
] as const) {
  test(`${what} is refused as what it is`, () => {
    assert.throws(() => read(bytes), { name: "RecordingError", message: reason });
  });
}

/** A recording in which one message is another. */
function withMessage(topic: string, data: string | Buffer): Buffer {
  const channel = { ...CHANNEL, id: 50, topic };
  const message = { ...MESSAGE, channelId: 50, data: Buffer.from(data) };
  const begin = WHOLE.subarray(0, edgesOf(WHOLE)[4]);
  const records = new McapRecordBuilder();
  records.writeChannel(channel);
  records.writeMessage(message);
  return Buffer.concat([begin, records.buffer]);
}

for (const [topic, data, reason] of [
  ["events", "[{", /^a message of its channel "events" is wrong: .*JSON/],
  ["events", '[{"kind":"collected","process":0,"tests":-1}]', /is wrong: 0\.tests: /],
  ["order", '{"steps":[["events",1]],"dropped":null}', /is wrong: it does not fit the events and records before it$/],
  ["order", '{"steps":[["lost",9,1]],"dropped":null}', /is wrong: it names the ring 9, which there is not$/],
  [
    "records",
    Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0, 0]),
    /is wrong: 65535 records in a message; wanted 4096 at most$/,
  ],
  ["records", Buffer.from([1, 0, 0, 0, 1, 0, 0, 0]), /is wrong: a column without a beginning$/],
  ["records", Buffer.from([1]), /is wrong: records in 1 bytes$/],
] as const) {
  test(`a message of ${topic} that is wrong ends what is read: ${data.toString("latin1")}`, () => {
    assert.match(read(withMessage(topic, data)).problem ?? "", reason);
  });
}

test("a channel that this version does not know is passed over", () => {
  assert.match(read(withMessage("weather", "rain")).problem ?? "", /^it was cut/);
});

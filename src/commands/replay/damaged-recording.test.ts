import assert from "node:assert/strict";
import { truncateSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import { McapRecordBuilder, Opcode } from "@mcap/core";
import fc from "fast-check";
import { DEEDS, FILE, isInOrder, read, WHOLE, wanted } from "../../../fixtures/recording/read-recording.ts";
import { CHUNK_BYTES_MAX } from "../../in/recording/mcap-file.ts";
import { RecordingReader } from "../../in/recording/recording-reader.ts";

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

test("a gigabyte of zeros is refused at once", () => {
  writeFileSync(FILE, "");
  truncateSync(FILE, 2 ** 30);
  using reader = RecordingReader.open(FILE);
  assert.throws(() => [...reader.steps()], { name: "RecordingError", message: /^it is not a recording/ });
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

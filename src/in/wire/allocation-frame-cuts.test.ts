import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FrameFields, frame } from "../../../fixtures/allocation-server/build-frames.ts";
import { FrameStream, seenFields } from "../../../fixtures/allocation-server/record-frames.ts";
import { DIALECTS, type Dialect, isAsk, isTypeIn, typeBits } from "./allocation-dialects.ts";
import { ReadBuffer } from "./allocation-frame-reader.ts";
import { WireError } from "./wire-error.ts";

const RUNS = 10_000;
const buffer = new ReadBuffer(4096);

interface Connection {
  readonly dialect: Dialect;
  readonly frames: readonly FrameFields[];
}

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const addresses = fc.oneof(fc.constant(0n), fc.nat(2 ** 30).map(BigInt), u64);
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

function typesOf(dialect: Dialect): number[] {
  return Array.from({ length: 13 }, (_, type) => type).filter((type) => isTypeIn(typeBits(dialect), type));
}

function libraryFrame(dialect: Dialect): fc.Arbitrary<FrameFields> {
  return fc.record({
    type: fc.constantFrom(...typesOf(dialect)),
    device: fc.oneof(fc.nat(8), int32),
    size: u64,
    memoryType: fc.nat(255),
    pid: fc.oneof(fc.constant(0), int32),
    id: addresses,
  });
}

const helperFrame: fc.Arbitrary<FrameFields> = fc
  .record({
    type: fc.constantFrom(8, 9, 10, 11),
    device: fc.nat(65_535),
    size: u64,
    pid: int32,
    id: u64,
  })
  // A circular buffer's id is its index.
  .map((fields) => (fields.type < 10 ? { ...fields, id: fields.id & 63n } : fields));

const connections: fc.Arbitrary<Connection> = fc.oneof(
  ...Object.values(DIALECTS).map((dialect) => {
    const one = dialect === DIALECTS["helper-32"] ? helperFrame : libraryFrame(dialect);
    return fc.record({ dialect: fc.constant(dialect), frames: fc.array(one, { minLength: 1, maxLength: 8 }) });
  }),
);

function bytesOf({ dialect, frames }: Connection): Uint8Array {
  return Buffer.concat(frames.map((fields) => frame(dialect, fields)));
}

function assertAllSeen(stream: FrameStream, { dialect, frames }: Connection): void {
  assert.deepEqual(stream.recorder.messages, frames.map(seenFields));
  assert.equal(stream.reader.dialect?.name, dialect.name);
  assert.equal(stream.reader.frames, frames.length);
  assert.equal(stream.reader.isWaiting, false);
}

/** Every query answered once and in its own dialect. */
function assertAnsweredWell(stream: FrameStream, { dialect, frames }: Connection): void {
  const asked = stream.seen.filter((seen) => seen.kind !== "message");
  const expected = frames.filter(({ type }) => isAsk(type)).map((fields) => seenFields(fields));
  assert.deepEqual(
    asked,
    expected.map((fields) => ({ kind: "ask", fields, dialect: dialect.name })),
  );
}

/** Ends of reads: `places` modulo the length, and the length itself. */
function ends(length: number, places: readonly number[]): number[] {
  return [...new Set(places.map((place) => place % length)), length].filter((end) => end > 0).sort((a, b) => a - b);
}

function pushAll(bytes: Uint8Array, at: readonly number[], isDrained: (end: number) => boolean): FrameStream {
  const stream = new FrameStream(buffer);
  let from = 0;
  for (const end of at) {
    stream.push(bytes.subarray(from, end), isDrained(end));
    from = end;
  }
  return stream;
}

test("all frames and their size are found where reads end with frames", () => {
  fc.assert(
    fc.property(connections, fc.array(fc.nat(), { maxLength: 6 }), (connection, places) => {
      const bytes = bytesOf(connection);
      const { frameBytes } = connection.dialect;
      const cuts = ends(connection.frames.length, places).map((count) => count * frameBytes);
      const stream = pushAll(bytes, cuts, () => true);
      assertAllSeen(stream, connection);
      assertAnsweredWell(stream, connection);
    }),
    { numRuns: RUNS },
  );
});

test("all frames and their size are found where reads end anywhere", () => {
  fc.assert(
    fc.property(connections, fc.array(fc.nat(), { maxLength: 12 }), (connection, places) => {
      const bytes = bytesOf(connection);
      const stream = pushAll(bytes, ends(bytes.length, places), (end) => end === bytes.length);
      assertAllSeen(stream, connection);
      assertAnsweredWell(stream, connection);
    }),
    { numRuns: RUNS },
  );
});

/** A library's kernel message cut after 32 bytes looks like a helper's: see "not to be told apart" in allocation-helper-frames.test.ts. */
function canMislead({ dialect, frames }: Connection): boolean {
  const [first] = frames;
  return dialect !== DIALECTS["helper-32"] && first !== undefined && first.type >= 8 && first.type <= 11;
}

test("reads that end anywhere and claim to be drained cost no message, and the last answer is long enough", () => {
  fc.assert(
    fc.property(connections, fc.array(fc.nat(), { maxLength: 12 }), (connection, places) => {
      const bytes = bytesOf(connection);
      const cuts = ends(bytes.length, places).filter((end) => end !== 32 || !canMislead(connection));
      const stream = pushAll(bytes, cuts, () => true);
      assertAllSeen(stream, connection);
      const answeredAs = stream.seen.flatMap((seen) =>
        seen.kind === "larger" ? [seen.to] : seen.kind === "ask" ? [seen.dialect] : [],
      );
      if (answeredAs.length > 0) assert.equal(answeredAs.at(-1), connection.dialect.name);
    }),
    { numRuns: RUNS },
  );
});

for (const dialect of Object.values(DIALECTS)) {
  const frames = typesOf(dialect).map((type) => ({ type, device: 1, size: 2n ** 40n, pid: 77, id: 2n ** 33n + 5n }));
  // Circular buffers' ids have no high half in helper frames.
  const whole = { dialect, frames: frames.map((fields) => (fields.type < 10 ? { ...fields, id: 5n } : fields)) };
  const bytes = bytesOf(whole);

  test(`frames of the ${dialect.name} dialect may be cut at any byte`, () => {
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const stream = pushAll(bytes, [cut, bytes.length], (end) => end === bytes.length);
      assertAllSeen(stream, whole);
      assertAnsweredWell(stream, whole);
    }
  });

  test(`frames of the ${dialect.name} dialect may come byte by byte, each type as the first`, () => {
    for (const [i] of whole.frames.entries()) {
      const turned = { dialect, frames: [...whole.frames.slice(i), ...whole.frames.slice(0, i)] };
      const every = Array.from({ length: bytes.length }, (_, at) => at + 1);
      const stream = pushAll(bytesOf(turned), every, () => false);
      assertAllSeen(stream, turned);
      assertAnsweredWell(stream, turned);
    }
  });
}

/** What became of the bytes: what was seen, and the error if there was one. */
function outcome(bytes: Uint8Array, at: readonly number[]): unknown {
  const stream = new FrameStream(buffer);
  let from = 0;
  try {
    for (const end of at) {
      stream.push(bytes.subarray(from, end));
      from = end;
    }
    stream.reader.settle();
    stream.reader.expire();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { seen: stream.seen, error: error.message };
  }
  return { seen: stream.seen, error: null };
}

const spoilt = fc
  .tuple(connections, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }), fc.nat())
  .map(([connection, changes, place]) => {
    const bytes = bytesOf(connection);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return bytes.subarray(0, (place % bytes.length) + 1);
  });

test("spoilt frames and random bytes end in the same messages and the same error however they were cut", () => {
  const garbage = fc.oneof(spoilt, fc.uint8Array({ minLength: 1, maxLength: 600 }));
  fc.assert(
    fc.property(garbage, fc.array(fc.nat(), { maxLength: 8 }), (bytes, places) => {
      const found = outcome(bytes, ends(bytes.length, places));
      assert.deepEqual(found, outcome(bytes, [bytes.length]));
    }),
    { numRuns: RUNS },
  );
});

test("no message with a type that clients do not send is ever handed on", () => {
  const bytes = fc.array(fc.oneof(fc.constant(0), fc.nat(255), fc.nat(13)), { minLength: 1, maxLength: 600 });
  fc.assert(
    fc.property(bytes, fc.boolean(), (values, isDrained) => {
      const stream = new FrameStream(buffer);
      try {
        stream.push(Uint8Array.from(values), isDrained);
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
      for (const { type } of stream.recorder.messages) assert.ok([1, 2, 3, 5, 6, 8, 9, 10, 11, 12].includes(type));
    }),
    { numRuns: RUNS },
  );
});

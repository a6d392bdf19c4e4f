import assert from "node:assert/strict";
import { test } from "node:test";
import { type FrameFields, frame } from "../../../fixtures/allocation-server/build-frames.ts";
import { FrameStream, seenFields } from "../../../fixtures/allocation-server/record-frames.ts";
import { COMMAND_BYTES_MAX } from "./alloc-command-lines.ts";
import { DIALECTS, FRAME_BYTES_MAX } from "./alloc-dialects.ts";
import { HEADROOM, ReadBuffer } from "./alloc-frame-reader.ts";
import { WireError } from "./wire-error.ts";

const HELPER = DIALECTS["helper-32"];
const ALLOCATE: FrameFields = { type: 1, device: 1, size: 12_288n, pid: 12_345, id: 0x3fff_f800n };
const FREE: FrameFields = { type: 2, device: 1, pid: 12_345, id: 0x3fff_f800n };
const QUERY: FrameFields = { type: 3, device: 2 };
const INFO_QUERY: FrameFields = { type: 6, device: -1 };
const CB: FrameFields = { type: 8, size: 2_097_152n, pid: 12_345 };
const KERNEL: FrameFields = { type: 10, size: 51_200n, pid: 12_345, id: 0x5_0000_0002n };

const told = (fields: FrameFields) => ({ kind: "message", fields: seenFields(fields) });
const asked = (fields: FrameFields, dialect: string) => ({ kind: "ask", fields: seenFields(fields), dialect });
const larger = (from: string, to: string) => ({ kind: "larger", from, to });

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

function zeros(count: number): Uint8Array {
  return new Uint8Array(count);
}

function hex(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}

function state({ reader }: FrameStream): unknown {
  return [reader.dialect?.name ?? null, reader.certainty, reader.unfinishedBytes, reader.isWaiting];
}

function isError(what: RegExp, offset: number): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof WireError, String(error));
    assert.match(error.what, what);
    assert.equal(error.offset, offset);
    return true;
  };
}

// Byte by byte as clients send them.
const ALLOCATE_BYTES = `01 00 00 00 01 00 00 00 00 30 00 00 00 00 00 00 00 00 00 00
  39 30 00 00 00 f8 ff 3f 00 00 00 00 00 00 b0 d4 ac c6 6c 18`.replaceAll(/\s+/g, " ");
const VECTORS: readonly (readonly [string, string, FrameFields, number])[] = [
  ["an allocate", ALLOCATE_BYTES, ALLOCATE, 72],
  ["a free", `02000000 01000000 ${"00".repeat(12)} 39300000 00f8ff3f ${"00".repeat(12)}`, FREE, 72],
  ["a device info query", `06000000 ffffffff ${"00".repeat(32)}`, INFO_QUERY, 112],
  ["a helper's circular buffer", `08000000 00000000 0000200000000000 ${"00".repeat(8)} 3930000000000000`, CB, 32],
  [
    "a helper's kernel",
    "0a000000 00000000 00c8000000000000 0200000005000000 3930000000000000",
    { ...KERNEL, memoryType: 0 },
    32,
  ],
];

for (const [what, text, fields, frameBytes] of VECTORS) {
  test(`${what} is read, and written by the tests, as clients send it`, () => {
    const bytes = hex(text);
    const whole = join(bytes, zeros(frameBytes - bytes.length));
    assert.deepEqual(Buffer.from(frame(frameBytes, fields)), Buffer.from(whole));
    assert.deepEqual(new FrameStream().push(whole, true).recorder.messages, [seenFields(fields)]);
  });
}

test("an address above 2^53 and a size above 2^32 keep every bit", () => {
  const fields = { ...ALLOCATE, size: 2n ** 40n + 1n, id: 2n ** 64n - 3n };
  for (const size of [72, 112, 128, 144]) {
    assert.deepEqual(new FrameStream().push(frame(size, fields)).recorder.messages, [seenFields(fields)]);
  }
  const kernel = { ...KERNEL, size: 2n ** 63n + 5n, id: 2n ** 64n - 3n };
  assert.deepEqual(new FrameStream().push(frame(32, kernel), true).recorder.messages, [seenFields(kernel)]);
});

test("a message without an answer is handed on once its 40 bytes are there, and not before", () => {
  for (const first of [zeros(0), join(frame(144, FREE), frame(144, FREE))]) {
    const bytes = frame(144, ALLOCATE);
    const stream = new FrameStream().push(first);
    const before = stream.seen.length;
    assert.equal(stream.push(bytes.subarray(0, 39)).seen.length, before);
    assert.deepEqual(stream.push(bytes.subarray(39, 40)).seen.slice(before), [told(ALLOCATE)]);
    assert.equal(stream.reader.unfinishedBytes, 40);
    assert.equal(stream.push(bytes.subarray(40)).push(frame(144, FREE)).seen.length, before + 2);
  }
});

test("a query on a connection whose size is firm is asked with its 40th byte", () => {
  const stream = new FrameStream().push(join(frame(112, FREE), frame(112, QUERY).subarray(0, 40)));
  assert.deepEqual(stream.seen, [told(FREE), asked(QUERY, "112")]);
});

test("a lone query in a drained read is answered at once, in its own size", () => {
  for (const [size, certainty] of [
    [72, "weak"],
    [112, "weak"],
    [128, "weak"],
    [144, "firm"],
  ] as const) {
    const stream = new FrameStream().push(frame(size, QUERY), true);
    assert.deepEqual(stream.seen, [asked(QUERY, `${size}`)]);
    assert.deepEqual(state(stream), [`${size}`, certainty, 0, false]);
  }
});

test("a lone query waits for silence where its read may not have ended with it", () => {
  const stream = new FrameStream().push(frame(112, QUERY), false);
  assert.deepEqual(stream.seen, []);
  assert.deepEqual(state(stream), [null, "none", 112, true]);
  stream.reader.settle();
  assert.deepEqual(stream.seen, [asked(QUERY, "112")]);
  assert.deepEqual(state(stream), ["112", "weak", 0, false]);
});

test("an empty read that is drained says as much as a drained one", () => {
  const stream = new FrameStream().push(frame(72, QUERY)).push(zeros(0), true);
  assert.deepEqual(stream.seen, [asked(QUERY, "72")]);
});

test("104 zeros make 144 bytes without waiting", () => {
  assert.deepEqual(new FrameStream().push(frame(144, QUERY)).seen, [asked(QUERY, "144")]);
});

test("the next frame makes a weak size firm", () => {
  const stream = new FrameStream().push(frame(72, QUERY), true).push(frame(72, ALLOCATE));
  assert.deepEqual(stream.seen, [asked(QUERY, "72"), told(ALLOCATE)]);
  assert.deepEqual(state(stream), ["72", "firm", 0, false]);
});

for (const [from, to] of [
  [72, 112],
  [72, 128],
  [72, 144],
  [112, 128],
  [112, 144],
  [128, 144],
  [144, 200],
] as const) {
  test(`an answer of ${from} bytes to what turns out to have ${to} is reported, once`, () => {
    const bytes = frame(to, QUERY);
    const first = new FrameStream().push(bytes.subarray(0, from), true);
    assert.deepEqual(first.seen, [asked(QUERY, `${from}`)]);
    first.push(bytes.subarray(from), true).push(frame(to, QUERY));
    assert.deepEqual(first.seen, [asked(QUERY, `${from}`), larger(`${from}`, `${to}`), asked(QUERY, `${to}`)]);
    assert.deepEqual(state(first), [`${to}`, "firm", 0, false]);
  });
}

test("a size can grow step by step, and between sizes something is unfinished", () => {
  const bytes = frame(144, QUERY);
  const stream = new FrameStream().push(bytes.subarray(0, 72), true).push(bytes.subarray(72, 80), true);
  assert.deepEqual(state(stream), ["72", "weak", 80, true]);
  stream.push(bytes.subarray(80, 112), true).push(bytes.subarray(112, 128), true).push(bytes.subarray(128), true);
  assert.deepEqual(stream.seen, [asked(QUERY, "72"), larger("72", "112"), larger("112", "128"), larger("128", "144")]);
  assert.deepEqual(state(stream), ["144", "firm", 0, false]);
});

test("nobody is told of a size that was too small where no answer was owed", () => {
  const bytes = frame(144, ALLOCATE);
  const stream = new FrameStream().push(bytes.subarray(0, 72), true).push(bytes.subarray(72), true);
  assert.deepEqual(stream.seen, [told(ALLOCATE)]);
  assert.equal(stream.reader.dialect?.name, "144");
});

test("sizes that do not have the message type are passed over", () => {
  const device = new FrameStream().push(frame(144, INFO_QUERY).subarray(0, 72), true);
  assert.deepEqual(state(device), [null, "none", 72, true]);
  const kernel = new FrameStream().push(frame(144, KERNEL).subarray(0, 112), true);
  assert.deepEqual(state(kernel), [null, "none", 112, true]);
  const dump = new FrameStream().push(frame(144, { type: 12 }).subarray(0, 128), true);
  assert.deepEqual(state(dump), [null, "none", 128, true]);
});

// Pairs of the same length that only their contents tell apart.
for (const [small, count, large, largeCount] of [
  [72, 2, 144, 1],
  [72, 14, 112, 9],
  [72, 16, 128, 9],
  [112, 8, 128, 7],
  [112, 9, 144, 7],
  [128, 9, 144, 8],
] as const) {
  test(`${count} frames of ${small} bytes are not ${largeCount} of ${large}`, () => {
    for (const [size, frames] of [
      [small, count],
      [large, largeCount],
    ] as const) {
      const sent = Array.from({ length: frames }, (_, i) => (i % 2 === 0 ? QUERY : FREE));
      const stream = new FrameStream().push(join(...sent.map((fields) => frame(size, fields))), true);
      assert.deepEqual(stream.recorder.messages, sent.map(seenFields));
      assert.equal(stream.reader.dialect?.name, `${size}`);
    }
  });
}

for (const [count, size, sizeCount] of [
  [4, 128, 1],
  [9, 144, 2],
] as const) {
  test(`${count} helper frames are not ${sizeCount} of ${size} bytes`, () => {
    for (const kind of [CB, { ...CB, type: 9 }, KERNEL, { ...KERNEL, type: 11 }]) {
      const helper = new FrameStream().push(join(...Array.from({ length: count }, () => frame(32, kind))), true);
      assert.deepEqual(state(helper), ["helper-32", "firm", 0, false]);
      assert.equal(helper.reader.frames, count);
      const library = new FrameStream().push(join(...Array.from({ length: sizeCount }, () => frame(size, kind))), true);
      assert.equal(library.reader.dialect?.name, `${size}`);
      assert.equal(library.reader.frames, sizeCount);
    }
  });
}

for (const [count, size, sizeCount] of [
  [9, 72, 4],
  [7, 112, 2],
] as const) {
  test(`${count} helper frames are not ${sizeCount} of ${size} bytes, which have no such types`, () => {
    const helper = new FrameStream().push(join(...Array.from({ length: count }, () => frame(32, CB))), true);
    assert.deepEqual([helper.reader.dialect?.name, helper.reader.frames], ["helper-32", count]);
    const library = new FrameStream().push(join(...Array.from({ length: sizeCount }, () => frame(size, FREE))), true);
    assert.deepEqual([library.reader.dialect?.name, library.reader.frames], [`${size}`, sizeCount]);
  });
}

test("one lone helper frame is taken once the read is drained, and the next makes it firm", () => {
  const stream = new FrameStream().push(frame(HELPER, CB), false);
  assert.deepEqual(state(stream), [null, "none", 32, true]);
  stream.push(zeros(0), true);
  assert.deepEqual(stream.seen, [told(CB)]);
  assert.deepEqual(state(stream), ["helper-32", "weak", 0, false]);
  stream.push(frame(HELPER, KERNEL));
  assert.deepEqual(stream.seen, [told(CB), told(KERNEL)]);
  assert.deepEqual(state(stream), ["helper-32", "firm", 0, false]);
});

test("32 bytes of a longer frame are not taken for a helper's where its contents show it", () => {
  for (const fields of [CB, { ...KERNEL, id: 2n ** 32n }]) {
    const bytes = frame(144, fields);
    const stream = new FrameStream().push(bytes.subarray(0, 32), true);
    assert.deepEqual(stream.seen, []);
    assert.deepEqual(stream.push(bytes.subarray(32), true).seen, [told(fields)]);
    assert.equal(stream.reader.dialect?.name, "144");
  }
});

test("a circular buffer's index with a high half is taken for a helper's only after silence", () => {
  const fields = { ...CB, id: 2n ** 32n + 1n };
  const stream = new FrameStream().push(frame(HELPER, fields), true);
  assert.deepEqual(stream.seen, []);
  stream.reader.settle();
  assert.deepEqual(stream.seen, [told(fields)]);
});

test("a longer frame taken for a helper's, not to be told apart, ends in an error and not in made-up messages", () => {
  const fields = { ...KERNEL, id: 5n };
  const stream = new FrameStream().push(frame(144, fields).subarray(0, 32), true);
  assert.equal(stream.reader.certainty, "weak");
  assert.throws(() => stream.push(frame(144, fields).subarray(32), true), isError(/^a frame of type 0/, 32));
  assert.equal(stream.seen.length, 1);
});

test("a helper's device is below 65,536: above it is a library's time of day", () => {
  const at = (device: number) => join(frame(32, CB), frame(32, { ...CB, device }));
  assert.equal(new FrameStream().push(at(65_535)).reader.dialect, HELPER);
  assert.throws(() => new FrameStream().push(at(65_536)), WireError);
});

test("bytes 17 to 19 are part of a helper's id", () => {
  const fields = { ...KERNEL, id: 0xffff_ffff_ffff_ffffn };
  const stream = new FrameStream().push(join(frame(32, fields), frame(32, fields)));
  assert.deepEqual(stream.seen, [told(fields), told(fields)]);
});

for (const size of [152, 200, FRAME_BYTES_MAX]) {
  test(`frames of ${size} bytes, which are not known yet, are read however they come`, () => {
    const bytes = join(frame(size, QUERY), frame(size, ALLOCATE), frame(size, FREE));
    for (const cut of [1, 40, 144, 145, size - 1, size, size + 1, size + 40, 2 * size - 1, bytes.length]) {
      const stream = new FrameStream(new ReadBuffer(16_384)).push(bytes.subarray(0, cut)).push(bytes.subarray(cut));
      assert.deepEqual(stream.recorder.messages, [QUERY, ALLOCATE, FREE].map(seenFields));
      const { name, isKnown, frameBytes } = stream.reader.dialect ?? {};
      assert.deepEqual({ name, isKnown, frameBytes }, { name: `${size}`, isKnown: false, frameBytes: size });
    }
  });
}

test("a lone frame larger than known is answered in its size", () => {
  assert.deepEqual(new FrameStream().push(frame(200, QUERY), true).seen, [asked(QUERY, "200")]);
});

for (const [size, isTaken] of [
  [71, false],
  [73, false],
  [80, false],
  [136, false],
  [143, false],
  [145, false],
  [156, false],
  [FRAME_BYTES_MAX, true],
  [FRAME_BYTES_MAX + 1, false],
  [FRAME_BYTES_MAX + 8, false],
] as const) {
  test(`a first frame of ${size} bytes is ${isTaken ? "taken" : "an error"}`, () => {
    const push = () => new FrameStream().push(join(frame(size, ALLOCATE), frame(72, FREE)).subarray(0, size + 1));
    if (isTaken) push();
    else assert.throws(push, isError(/^a frame of (type 1 with \d+ bytes, wanted 72|over 4096 bytes)/, 0));
  });
}

test("a first frame in a size that does not have its type is an error that says which have", () => {
  const bytes = join(frame(72, INFO_QUERY), frame(72, QUERY));
  const wanted = /^a frame of type 6 with 72 bytes, wanted 112, 128, 144 or/;
  assert.throws(() => new FrameStream().push(bytes), isError(wanted, 0));
});

for (const type of [0, 4, 7, 13, 31]) {
  test(`type ${type} is an error, first or later, and says which are good`, () => {
    const lone = () => new FrameStream().push(Uint8Array.of(type));
    assert.throws(lone, isError(new RegExp(`^a frame of type ${type}, wanted 1, 2, 3, 5, 6 or 8 to 12$`), 0));
    const later = join(frame(72, FREE), frame(72, FREE), frame(72, { type }));
    assert.throws(() => new FrameStream().push(later), isError(new RegExp(`^a frame of type ${type}, wanted`), 144));
  });
}

test("a type that the connection's dialect does not have is an error", () => {
  const bytes = join(frame(72, FREE), frame(72, FREE), frame(72, CB));
  const what = /^a frame of type 8 among frames of the 72 dialect, wanted 1 to 5$/;
  assert.throws(() => new FrameStream().push(bytes), isError(what, 144));
});

for (const place of [1, 2, 3, 17, 18, 19]) {
  test(`byte ${place} of a header must be zero`, () => {
    const spoilt = frame(144, ALLOCATE);
    spoilt[place] = 0x80;
    const what = new RegExp(`^byte ${place} of a frame of type 1 is 0x80, wanted 0$`);
    assert.throws(() => new FrameStream().push(spoilt), isError(what, 0));
    assert.throws(() => new FrameStream().push(join(frame(144, FREE), spoilt)), isError(what, 144));
  });
}

for (const size of [72, 112, 128, 144]) {
  test(`each byte after the header of a ${size}-byte frame must be zero, in one piece or two`, () => {
    const first = frame(size, FREE);
    for (let place = 40; place < size; place += 1) {
      const spoilt = frame(size, ALLOCATE);
      spoilt[place] = 0x80;
      const what = new RegExp(`^byte ${place} of a frame of type 1 is 0x80, wanted 0$`);
      const whole = new FrameStream();
      assert.throws(() => whole.push(join(first, spoilt)), isError(what, size));
      const cut = new FrameStream().push(join(first, spoilt.subarray(0, 40)));
      assert.throws(() => cut.push(spoilt.subarray(40)), isError(what, size));
      assert.deepEqual(whole.seen, cut.seen);
    }
  });
}

test("a frame's fault is an error as soon as it is there, before the frame is whole", () => {
  const spoilt = frame(144, ALLOCATE);
  spoilt[50] = 1;
  const stream = new FrameStream();
  assert.throws(() => stream.push(join(frame(144, FREE), spoilt.subarray(0, 51))), isError(/^byte 50 /, 144));
  assert.deepEqual(stream.seen, [told(FREE), told(ALLOCATE)]);
});

test("a helper connection has no other frames and zeros after its process id", () => {
  const first = join(frame(32, CB), frame(32, CB));
  const free = join(first, frame(32, { type: 2 }));
  const what = /^a frame of type 2 among frames of the helper-32 dialect, wanted 8 to 11$/;
  assert.throws(() => new FrameStream().push(free), isError(what, 64));
  const spoilt = frame(32, CB);
  spoilt[28] = 1;
  assert.throws(() => new FrameStream().push(join(first, spoilt)), isError(/^byte 28 /, 64));
});

test("after an error the reader is dead, even for good frames", () => {
  const stream = new FrameStream();
  assert.throws(() => stream.push(Uint8Array.of(4)), isError(/^a frame of type 4/, 0));
  assert.throws(() => stream.push(frame(144, ALLOCATE)), isError(/^a frame of type 4/, 0));
  stream.reader.settle();
  stream.reader.expire();
  assert.deepEqual(stream.seen, []);
});

test("a frame that never ends says how far it came", () => {
  const first = new FrameStream().push(frame(144, INFO_QUERY).subarray(0, 50), true);
  first.reader.settle();
  assert.throws(() => first.reader.expire(), isError(/^a frame that stopped after 50 bytes, wanted 112, 128, 144$/, 0));
  const later = new FrameStream().push(join(frame(72, FREE), frame(72, FREE).subarray(0, 7)));
  later.reader.settle();
  assert.throws(() => later.reader.expire(), isError(/^a frame that stopped after 7 bytes, wanted 72$/, 72));
});

test("nothing expires where nothing is unfinished", () => {
  for (const stream of [new FrameStream(), new FrameStream().push(frame(72, FREE), true)]) {
    stream.reader.expire();
    assert.equal(stream.reader.isWaiting, false);
  }
});

test("zeros without end are an error after 4096 bytes", () => {
  const stream = new FrameStream().push(frame(FRAME_BYTES_MAX, ALLOCATE));
  assert.throws(() => stream.push(zeros(1)), isError(/^a frame of over 4096 bytes$/, 0));
});

test("connections share one buffer without disturbing each other", () => {
  const buffer = new ReadBuffer(1024);
  const streams = [72, 112, 128, 144].map((size) => ({ size, stream: new FrameStream(buffer) }));
  for (let at = 0; at < 3 * 144; at += 11) {
    for (const { size, stream } of streams) {
      const bytes = join(frame(size, QUERY), frame(size, ALLOCATE), frame(size, FREE));
      stream.push(bytes.subarray(at, at + 11));
    }
  }
  for (const { size, stream } of streams) {
    assert.deepEqual(stream.seen, [asked(QUERY, `${size}`), told(ALLOCATE), told(FREE)]);
  }
});

test("a read may go to any multiple of 8 behind the headroom", () => {
  const buffer = new ReadBuffer(1024);
  const stream = new FrameStream(buffer).push(frame(72, FREE)).push(frame(72, FREE).subarray(0, 13));
  buffer.bytes.set(frame(72, FREE).subarray(13), HEADROOM + 512);
  stream.reader.push(buffer, HEADROOM + 512, HEADROOM + 512 + 59, false);
  assert.deepEqual(stream.seen, [told(FREE), told(FREE)]);
});

test("a connection that begins with a letter speaks text, line by line, however it is cut", () => {
  const bytes = Buffer.from("QUERY_ALL\nhelp me\r\n\nrest");
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const stream = new FrameStream().push(bytes.subarray(0, cut)).push(bytes.subarray(cut), true);
    const commands = ["QUERY_ALL", "help me", ""].map((text) => ({ kind: "command", text }));
    assert.deepEqual(stream.seen, commands);
    assert.deepEqual(state(stream), [null, "none", 4, true]);
    stream.reader.settle();
    assert.throws(() => stream.reader.expire(), isError(/^a text command without its newline after 4 bytes$/, 20));
  }
});

test("frames do not follow text", () => {
  const stream = new FrameStream().push(Buffer.from("QUERY_ALL\n"));
  assert.throws(() => stream.push(frame(72, ALLOCATE)), isError(/^byte 0x1 in a text command, wanted printable/, 10));
});

for (const [excess, isTaken] of [
  [-1, true],
  [0, true],
  [1, false],
] as const) {
  test(`a text command of the limit${excess < 0 ? excess : `+${excess}`} bytes is ${isTaken ? "taken" : "an error"}`, () => {
    const stream = new FrameStream();
    const push = () => stream.push(Buffer.from(`${"x".repeat(COMMAND_BYTES_MAX + excess - 1)}\n`));
    if (!isTaken) assert.throws(push, isError(/^a text command of 1025 bytes or more, wanted 1024 at most$/, 0));
    else assert.equal(push().seen.length, 1);
  });
}

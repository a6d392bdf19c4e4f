import assert from "node:assert/strict";
import { test } from "node:test";
import { type FrameFields, frame } from "../../../fixtures/allocation-server/build-frames.ts";
import {
  ALLOCATE,
  asked,
  CB,
  FREE,
  hex,
  INFO_QUERY,
  isError,
  join,
  KERNEL,
  larger,
  message,
  QUERY,
  state,
  zeros,
} from "../../../fixtures/allocation-server/reader-cases.ts";
import { FrameStream, seenFields } from "../../../fixtures/allocation-server/record-frames.ts";
import { COMMAND_BYTES_MAX } from "./allocation-command-lines.ts";
import { FRAME_BYTES_MAX } from "./allocation-dialects.ts";
import { HEADROOM, ReadBuffer } from "./allocation-frame-reader.ts";

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
    assert.deepEqual(stream.push(bytes.subarray(39, 40)).seen.slice(before), [message(ALLOCATE)]);
    assert.equal(stream.reader.unfinishedBytes, 40);
    assert.equal(stream.push(bytes.subarray(40)).push(frame(144, FREE)).seen.length, before + 2);
  }
});

test("a query on a connection whose size is firm is asked with its 40th byte", () => {
  const stream = new FrameStream().push(join(frame(112, FREE), frame(112, QUERY).subarray(0, 40)));
  assert.deepEqual(stream.seen, [message(FREE), asked(QUERY, "112")]);
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
  assert.deepEqual(stream.seen, [asked(QUERY, "72"), message(ALLOCATE)]);
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
  assert.deepEqual(stream.seen, [message(ALLOCATE)]);
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
    assert.deepEqual(stream.seen, [asked(QUERY, `${size}`), message(ALLOCATE), message(FREE)]);
  }
});

test("a read may go to any multiple of 8 behind the headroom", () => {
  const buffer = new ReadBuffer(1024);
  const stream = new FrameStream(buffer).push(frame(72, FREE)).push(frame(72, FREE).subarray(0, 13));
  buffer.bytes.set(frame(72, FREE).subarray(13), HEADROOM + 512);
  stream.reader.push(buffer, HEADROOM + 512, HEADROOM + 512 + 59, false);
  assert.deepEqual(stream.seen, [message(FREE), message(FREE)]);
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

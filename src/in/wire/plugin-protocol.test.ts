import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { BLOCKS_PER_MESSAGE_MAX, type PluginMessage } from "./plugin-messages.ts";
import { decodeLine, encodeLine } from "./plugin-protocol.ts";
import { WireError } from "./wire-error.ts";

const OFFSET = 17;

function decode(value: unknown): PluginMessage {
  return decodeText(JSON.stringify(value));
}

function decodeText(text: string): PluginMessage {
  return decodeLine({ bytes: Buffer.from(text), offset: OFFSET });
}

function exampleLines(): string[] {
  const page = readFileSync(new URL("../../../docs/formats.md", import.meta.url), "utf8");
  const block = /## Plugin protocol[\s\S]*?```jsonl\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  return block.trim().split("\n");
}

function exampleOf(kind: string): Record<string, unknown> {
  const found = exampleLines()
    .map((line): Record<string, unknown> => JSON.parse(line))
    .find((value) => value.kind === kind);
  assert.ok(found, `no example of ${kind}`);
  return found;
}

test("the example in the documentation is understood, line by line", () => {
  const kinds = exampleLines().map((line) => decodeText(line).kind);
  assert.deepEqual(kinds, [
    "hello",
    "collected",
    "measurement",
    "test-begin",
    "measurement",
    "blocks",
    "measurement",
    "tensor",
    "memory-error",
    "test-end",
    "fixture-end",
    "bye",
  ]);
});

test("usage rows become named figures", () => {
  const message = decode(exampleOf("measurement"));
  assert.equal(message.kind, "measurement");
  assert.deepEqual(message.kind === "measurement" && message.usage[0], {
    memoryType: "DRAM",
    banks: 12,
    totalBytesPerBank: 1073741792,
    allocatedBytesPerBank: 0,
    largestFreeBytesPerBank: 1073741792,
  });
});

test("addresses of up to 64 bits keep every bit", () => {
  const message = decode({ ...exampleOf("blocks"), added: [["0xFFFFffffffffffff", 1]] });
  assert.deepEqual(message.kind === "blocks" && message.added, [[2n ** 64n - 1n, 1]]);
});

test("keys that are not known are ignored, in the message and inside it", () => {
  const fixture = { name: "device", scope: "module", baseId: "", colour: "red" };
  assert.deepEqual(decode({ kind: "fixture-end", fixture, later: { deep: [1] } }), {
    kind: "fixture-end",
    fixture: { name: "device", scope: "module", baseId: "" },
  });
});

test("the old word for the tracer as an origin is understood", () => {
  const message = decode({ ...exampleOf("hello"), origin: "trace" });
  assert.equal(message.kind === "hello" && message.origin, "tracer");
});

test("an old name that would control a terminal is refused", () => {
  const name = { kind: "old-name", was: "--memwatch-trace", now: "--memwatch-trace-limit" };
  assert.equal(decode(name).kind, "old-name");
  for (const was of ["\u001b[2J", "", "x".repeat(101)]) assert.throws(() => decode({ ...name, was }), WireError);
});

test("each out-of-memory error has the figures of its message", () => {
  const { kind, stack, mark, atNs } = exampleOf("memory-error");
  const said = {
    totalBytesPerBank: null,
    allocatedBytesPerBank: null,
    freeBytesPerBank: null,
    largestFreeBytesPerBank: null,
  };
  const size = { memoryType: "L1", requestedBytes: 4096, banks: 64, bytesPerBank: 64 };
  for (const error of [
    { error: "refused", ...size, ...said },
    { error: "too-large", buffers: "dataflow", cores: "[]", regionEnd: 2, limit: 1 },
  ]) {
    const message = { kind, stack, mark, atNs, ...error };
    assert.deepEqual(decode(message), message);
  }
});

test("a kind that is not known is not an error", () => {
  assert.deepEqual(decode({ kind: "weather", rain: true }), { kind: "unknown", name: "weather" });
  assert.deepEqual(decode({ kind: "toString" }), { kind: "unknown", name: "toString" });
});

test("a name that would control a terminal is made harmless", () => {
  assert.deepEqual(decode({ kind: "\u001b[2Jx" }), { kind: "unknown", name: "\\x1b[2Jx" });
});

test("blocks are taken up to the limit for one message and not one more", () => {
  const blocks = (count: number) => Array.from({ length: count }, (_, i) => [`0x${i.toString(16)}`, 32]);
  const message = (added: number, removed: number) => ({
    ...exampleOf("blocks"),
    added: blocks(added),
    removed: blocks(removed),
  });
  assert.equal(decode(message(BLOCKS_PER_MESSAGE_MAX - 1, 0)).kind, "blocks");
  assert.equal(decode(message(BLOCKS_PER_MESSAGE_MAX - 1, 1)).kind, "blocks");
  assert.throws(() => decode(message(BLOCKS_PER_MESSAGE_MAX, 1)), WireError);
});

for (const [what, kind, change] of [
  ["a number below zero", "collected", { tests: -1 }],
  ["a fraction", "collected", { tests: 1.5 }],
  ["a number over 2^53 - 1", "collected", { tests: 2 ** 53 }],
  ["a number in quotes", "collected", { tests: "1" }],
  ["a missing key", "collected", { tests: undefined }],
  ["an attempt before the first", "test-begin", { attempt: 0 }],
  ["an unknown memory type", "blocks", { memoryType: "TAPE" }],
  ["an unknown memory type in the limits", "test-begin", { limits: { total: null, perType: { TAPE: 1 } } }],
  ["an address that is a number", "blocks", { added: [[32, 1]] }],
  ["an address without 0x", "blocks", { added: [["20", 1]] }],
  ["an address of 65 bits", "blocks", { added: [["0x10000000000000000", 1]] }],
  ["an address without digits", "blocks", { added: [["0x", 1]] }],
  ["a block with a part too many", "blocks", { added: [["0x20", 1, 2]] }],
  ["an unknown moment", "measurement", { moment: "soon" }],
  ["a short usage row", "measurement", { usage: [["DRAM", 12, 1, 1]] }],
  ["null where it is not allowed", "measurement", { device: null }],
  ["an unknown outcome", "test-end", { outcome: "great" }],
  ["a duration below zero", "test-end", { durationMs: -0.1 }],
  ["an unknown role", "hello", { role: "boss" }],
  ["an unknown error", "memory-error", { error: "sad" }],
  ["an address below zero", "memory-error", { regionEnd: -1 }],
  [
    "a frame too many",
    "memory-error",
    { stack: Array.from({ length: 51 }, () => ({ file: "", line: 1, function: "" })) },
  ],
] as const) {
  test(`${what} in a ${kind} is an error that names the key and the line's place`, () => {
    const key = Object.keys(change)[0] ?? "";
    assert.throws(
      () => decode({ ...exampleOf(kind), ...change }),
      (error) => error instanceof WireError && error.offset === OFFSET && error.what.includes(key),
    );
  });
}

for (const [what, bytes] of [
  ["an empty line", Buffer.from("")],
  ["text", Buffer.from("GET / HTTP/1.1")],
  ["half a message", Buffer.from('{"kind":"bye"')],
  ["a list", Buffer.from("[]")],
  ["null", Buffer.from("null")],
  ["no kind", Buffer.from("{}")],
  ["a kind that is no string", Buffer.from('{"kind":1}')],
  ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ["a byte order mark", Buffer.from('\ufeff{"kind":"bye","exitStatus":0,"dropped":0}')],
] as const) {
  test(`${what} is a WireError`, () => {
    assert.throws(() => decodeLine({ bytes, offset: 0 }), WireError);
  });
}

test("no line, whatever its bytes, throws anything but a WireError", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        try {
          decodeLine({ bytes, offset: 0 });
        } catch (error) {
          assert.ok(error instanceof WireError);
        }
      },
    ),
  );
});

test("an answer is one line of JSON", () => {
  assert.equal(encodeLine({ kind: "refused", reason: "no\nhello" }), '{"kind":"refused","reason":"no\\nhello"}\n');
});

test("what is nested a hundred thousand times is refused like anything else that is not a message", () => {
  const deep = (open: string, close: string): string => open.repeat(100_000) + close.repeat(100_000);
  for (const text of [deep("[", "]"), deep('{"a":', "}").replace("}", "1}"), deep("[", "")]) {
    assert.throws(() => decodeText(text), WireError);
  }
  assert.equal(decodeText(`{"kind":"later","x":${deep("[", "]")}}`).kind, "unknown");
});

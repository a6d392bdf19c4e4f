import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LINE_BYTES_MAX, LineFraming } from "./line-framing.ts";
import { WireError } from "./wire-error.ts";

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...places].map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...sorted].map((from, i) => bytes.subarray(from, sorted[i] ?? bytes.length));
}

function linesOf(chunks: readonly Uint8Array[]): { text: string; offset: number }[] {
  const framing = new LineFraming();
  return chunks.flatMap((chunk) =>
    [...framing.push(chunk)].map((line) => ({ text: Buffer.from(line.bytes).toString("utf8"), offset: line.offset })),
  );
}

test("the lines are the same however the stream was cut", () => {
  const text = fc.array(fc.string({ unit: "binary", maxLength: 40 }).map((line) => line.replaceAll("\n", "")));
  fc.assert(
    fc.property(text, fc.array(fc.nat()), (lines, places) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      const found = linesOf(cut(bytes, places));
      assert.deepEqual(
        found.map((line) => line.text),
        lines,
      );
      for (const { text, offset } of found) {
        assert.equal(bytes.toString("utf8", offset, offset + Buffer.byteLength(text)), text);
      }
    }),
  );
});

test("bytes after the last newline are no line yet", () => {
  const framing = new LineFraming();
  assert.equal([...framing.push(Buffer.from("a\nbc"))].length, 1);
  assert.equal(framing.unfinishedBytes, 2);
});

test("an unfinished line does not change when its chunk is reused", () => {
  const framing = new LineFraming();
  const chunk = Buffer.from("ab");
  assert.deepEqual([...framing.push(chunk)], []);
  chunk.fill("x");
  const [line] = [...framing.push(Buffer.from("c\n"))];
  assert.equal(Buffer.from(line?.bytes ?? []).toString(), "abc");
});

for (const [excess, isTaken] of [
  [-1, true],
  [0, true],
  [1, false],
] as const) {
  test(`a line of the limit${excess < 0 ? excess : `+${excess}`} bytes is ${isTaken ? "taken" : "an error"}, in one chunk or in two`, () => {
    const line = Buffer.from(`${"x".repeat(LINE_BYTES_MAX + excess - 1)}\n`);
    for (const chunks of [
      [line],
      [line.subarray(0, 1000), line.subarray(1000)],
      [line.subarray(0, -1), line.subarray(-1)],
    ]) {
      if (isTaken) assert.equal(linesOf(chunks)[0]?.text.length, line.length - 1);
      else assert.throws(() => linesOf(chunks), WireError);
    }
  });
}

test("a line over the limit is an error before its newline has come, and says where it began", () => {
  const framing = new LineFraming();
  const flood = Buffer.concat([Buffer.from("ok\n"), Buffer.alloc(LINE_BYTES_MAX, "x")]);
  assert.throws(
    () => [...framing.push(flood)],
    (error) => error instanceof WireError && error.offset === 3,
  );
});

test("a line that comes byte by byte takes no more room than twice its length", () => {
  const framing = new LineFraming();
  const before = process.memoryUsage().arrayBuffers;
  for (let sent = 0; sent < LINE_BYTES_MAX - 1; sent += 1) [...framing.push(Buffer.from([0x61]))];
  assert.ok(process.memoryUsage().arrayBuffers - before < 4 * LINE_BYTES_MAX);
  const [line] = framing.push(Buffer.from("\n"));
  assert.equal(line?.bytes.length, LINE_BYTES_MAX - 1);
});

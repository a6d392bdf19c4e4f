import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StackFrame } from "../../core/model/stack.ts";
import { RingError } from "./ring-error.ts";
import { parseRingHeader } from "./ring-header.ts";
import { CAPACITY_MAX, HEADER, HEADER_READ_BYTES, RECORD_BYTES, RING_MAGIC, RING_VERSION } from "./ring-layout.ts";
import { parseStacks } from "./ring-stacks.ts";

/** A header as a tracer writes it, with room for this many records and no stacks. */
function headerOf(capacity: number): Buffer {
  const bytes = Buffer.alloc(HEADER_READ_BYTES);
  bytes.write(RING_MAGIC, HEADER.magic, "latin1");
  bytes.writeUInt32LE(RING_VERSION, HEADER.version);
  bytes.writeUInt32LE(HEADER_READ_BYTES, HEADER.headerBytes);
  bytes.writeUInt32LE(RECORD_BYTES, HEADER.recordBytes);
  bytes.writeBigUInt64LE(BigInt(capacity), HEADER.capacity);
  bytes.writeBigUInt64LE(BigInt(HEADER_READ_BYTES + capacity * RECORD_BYTES), HEADER.stacksOffset);
  return bytes;
}

function sizeOf(capacity: number): number {
  return HEADER_READ_BYTES + capacity * RECORD_BYTES;
}

test("a ring of the largest capacity is taken, one more doubling is not, nor one whose file is a byte too short", () => {
  assert.equal(parseRingHeader(headerOf(CAPACITY_MAX), sizeOf(CAPACITY_MAX))?.capacity, CAPACITY_MAX);
  assert.throws(() => parseRingHeader(headerOf(2 * CAPACITY_MAX), sizeOf(2 * CAPACITY_MAX)), RingError);
  assert.throws(() => parseRingHeader(headerOf(8), sizeOf(8) - 1), RingError);
});

test("a header with any bytes changed is a header, not ready, or a RingError, and never asks for more than its file", () => {
  const changes = fc.array(fc.tuple(fc.nat(HEADER_READ_BYTES - 1), fc.nat(255)), { maxLength: 12 });
  fc.assert(
    fc.property(changes, fc.nat(sizeOf(64)), (all, fileBytes) => {
      const bytes = headerOf(8);
      for (const [at, value] of all) bytes[at] = value;
      try {
        const header = parseRingHeader(bytes, fileBytes);
        if (header === null) return;
        assert.ok(header.headerBytes + header.capacity * RECORD_BYTES + header.stacksBytes <= fileBytes);
      } catch (error) {
        assert.ok(error instanceof RingError, String(error));
      }
    }),
    { numRuns: 5_000 },
  );
});

test("stacks of any bytes are read without an error, and hold no more text than there are bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.array(fc.nat(64), { maxLength: 20 }), (tail, small) => {
      // Small numbers where lengths are, so that some of it fits.
      const bytes = Buffer.concat([Buffer.from(Uint32Array.from(small).buffer), tail]);
      const stacks = new Map<number, readonly StackFrame[]>();
      parseStacks(bytes, stacks);
      const frames = [...stacks.values()].flat();
      const characters = frames.reduce((sum, frame) => sum + frame.file.length + frame.function.length, 0);
      assert.ok(characters <= bytes.length);
    }),
    { numRuns: 5_000 },
  );
});

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { type RingOptions, RingWriter, traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import { TRACE_KINDS, type TraceRecord, type TraceSink } from "../../core/model/trace-record.ts";
import { RingError } from "./ring-error.ts";
import { RingReader } from "./ring-reader.ts";

/** Copies what it is handed, and says where something was lost. */
class Heard implements TraceSink {
  readonly all: (TraceRecord | { lost: number })[] = [];

  record(record: TraceRecord): void {
    const { kind, device, memoryType, address, sizeBytes, bytesPerBank, buffer, allocator } = record;
    const { thread, context, stack, operation, timeNs, isInBuffer, chip, banks, unitBytes } = record;
    const place = { isInBuffer, chip, banks, unitBytes };
    const sizes = { address, sizeBytes, bytesPerBank };
    this.all.push({
      kind,
      device,
      memoryType,
      ...sizes,
      buffer,
      allocator,
      thread,
      context,
      stack,
      operation,
      timeNs,
      ...place,
    });
  }

  lost(records: number): void {
    this.all.push({ lost: records });
  }

  addresses(): (number | string)[] {
    return this.all.map((heard) => ("lost" in heard ? `lost ${heard.lost}` : heard.address));
  }
}

function ringOf(t: TestContext, options: RingOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "ring-"));
  const writer = new RingWriter(join(folder, "1.2.ring"), options);
  t.after(() => {
    writer[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });
  return writer;
}

function readerOf(t: TestContext, path: string, heard: Heard): RingReader {
  const reader = RingReader.open(path, heard);
  assert.ok(reader !== null);
  t.after(() => reader[Symbol.dispose]());
  return reader;
}

const writeMany = (writer: RingWriter, from: number, count: number): void => {
  for (let index = 0; index < count; index++) writer.write(traceRecord({ address: from + index }));
};

test("every field of every kind comes back as it was written", (t) => {
  const writer = ringOf(t);
  const records = TRACE_KINDS.map((kind, index) =>
    traceRecord({
      kind,
      device: index - 1,
      memoryType: [...MEMORY_TYPES, null][index % 5] ?? null,
      address: 2 ** 52 + index,
      sizeBytes: 2 ** 40 + index,
      bytesPerBank: 2 ** 33 + index,
      buffer: 2 ** 47 - 8 * index,
      allocator: 2 ** 46 + index,
      thread: 2 ** 32 - 1 - index,
      context: 2 ** 32 - 1 - index,
      stack: 2 ** 31 + index,
      operation: 2 ** 30 + index,
      timeNs: 2 ** 50 + index,
      chip: [null, 0, 2 ** 16 - 2][index % 3] ?? null,
      banks: 2 ** 16 - 1 - index,
      unitBytes: 2 ** 15 + index,
    }),
  );
  for (const record of records) writer.write(record);
  const heard = new Heard();
  readerOf(t, writer.path, heard).read();
  assert.deepEqual(heard.all, records);
});

for (const [written, lost] of [
  [15, 0],
  [16, 0],
  [17, 1],
  [40, 24],
] as const) {
  test(`of ${written} records in a ring of 16, ${lost} are lost, at the place where they were`, (t) => {
    const writer = ringOf(t);
    const heard = new Heard();
    const reader = readerOf(t, writer.path, heard);
    writeMany(writer, 0, written);
    reader.read();
    const kept = Array.from({ length: written - lost }, (_, index) => lost + index);
    assert.deepEqual(heard.addresses(), lost === 0 ? kept : [`lost ${lost}`, ...kept]);
    assert.deepEqual([reader.records, reader.lost], [written - lost, lost]);
  });
}

test("whatever is read when, records and losses add up to what was written, in order", (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }), (bursts) => {
      using writer = new RingWriter(join(tmpdir(), `ring-${process.pid}.ring`));
      t.after(() => rmSync(writer.path, { force: true }));
      const heard = new Heard();
      using reader = RingReader.open(writer.path, heard);
      let written = 0;
      for (const burst of bursts) {
        writeMany(writer, written, burst);
        written += burst;
        reader?.read();
      }
      let expected = 0;
      for (const each of heard.all) {
        if ("lost" in each) expected += each.lost;
        else assert.equal(each.address, expected++);
      }
      assert.equal(expected, written);
    }),
    { numRuns: 200 },
  );
});

test("a record that is being written is waited for, and those after it with it", (t) => {
  const writer = ringOf(t);
  const heard = new Heard();
  const reader = readerOf(t, writer.path, heard);
  const ticket = writer.begin();
  writeMany(writer, 1, 2);
  reader.read();
  assert.deepEqual(heard.addresses(), []);
  writer.complete(ticket, traceRecord({ address: 0 }));
  reader.read();
  assert.deepEqual(heard.addresses(), [0, 1, 2]);
});

test("a record that is never completed holds up the others for half a round of the ring", (t) => {
  const writer = ringOf(t);
  const heard = new Heard();
  const reader = readerOf(t, writer.path, heard);
  writer.begin();
  writeMany(writer, 1, 7);
  reader.read();
  assert.deepEqual(heard.addresses(), []);
  writeMany(writer, 8, 1);
  reader.read();
  assert.deepEqual(heard.addresses(), ["lost 1", 1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a record that a dead process never completed is lost, and no other", (t) => {
  const writer = ringOf(t);
  const heard = new Heard();
  const reader = readerOf(t, writer.path, heard);
  writeMany(writer, 0, 1);
  writer.begin();
  writeMany(writer, 2, 1);
  reader.finish();
  assert.deepEqual(heard.addresses(), [0, "lost 1", 2]);
});

test("a kind that a later tracer knows is passed over and counted", (t) => {
  const writer = ringOf(t);
  const heard = new Heard();
  const reader = readerOf(t, writer.path, heard);
  writer.write(traceRecord()).corrupt(80, TRACE_KINDS.length + 1);
  writer.write(traceRecord()).corrupt(80, 0);
  writer.write(traceRecord({ address: 7 }));
  reader.read();
  assert.deepEqual([heard.addresses(), reader.unknown], [[7], 2]);
});

test("the stacks that were named so far are there by number", (t) => {
  const writer = ringOf(t);
  const frames = [
    { file: "/suite/helper.py", line: 12, function: "Model.load" },
    { file: "/süite/test_ü.py", line: 70_000, function: "test_a" },
  ];
  const reader = readerOf(t, writer.path, new Heard());
  assert.equal(reader.stacks().size, 0);
  const number = writer.addStack(frames);
  const empty = writer.addStack([]);
  assert.deepEqual([reader.stacks().get(number), reader.stacks().get(empty)], [frames, []]);
});

for (const [what, words] of [
  ["an entry shorter than its head", [8, 2, 0]],
  ["an entry longer than the area", [400, 2, 0]],
  ["more frames than fit", [16, 2, 9, 1]],
  ["more frames than there ever are", [16, 2, 2 ** 31, 1]],
] as const) {
  test(`${what} ends the stacks, and those before it stay`, (t) => {
    const writer = ringOf(t);
    writer.addStack([{ file: "a.py", line: 1, function: "f" }]);
    writer.addStackBytes(Buffer.from(new Uint32Array(words).buffer));
    assert.deepEqual([...readerOf(t, writer.path, new Heard()).stacks().keys()], [1]);
  });
}

test("a ring is ended when its process says so", (t) => {
  const writer = ringOf(t);
  const reader = readerOf(t, writer.path, new Heard());
  assert.equal(reader.isEnded, false);
  writer.end();
  assert.equal(reader.isEnded, true);
});

for (const [what, options, message] of [
  ["another kind of file", { magic: "GIF89a.." }, /begins with "GIF89a..", not TTMWRING/],
  ["a later version", { version: 2 }, /version is 2 and not 1: use one version of tt-memwatch for both/],
  ["records of another size", { recordBytes: 80 }, /records have 80 bytes, not 96/],
  ["a capacity that is no power of two", { capacity: 12 }, /holds 12 records, not a power of two/],
] as const) {
  test(`${what} is refused by name`, (t) => {
    const writer = ringOf(t, options);
    assert.throws(() => RingReader.open(writer.path, new Heard()), message);
  });
}

test("a file that is cut short is refused, and one that is empty is not ready", (t) => {
  const writer = ringOf(t);
  const folder = mkdtempSync(join(tmpdir(), "ring-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "1.2.ring");
  writeFileSync(path, "");
  assert.equal(RingReader.open(path, new Heard()), null);
  const whole = readFileSync(writer.path);
  writeFileSync(path, whole.subarray(0, whole.length - 1));
  assert.throws(() => RingReader.open(path, new Heard()), RingError);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { regionBytes, type WrittenRegion } from "../../../fixtures/region/region-bytes.ts";
import { REGION_LAYOUTS } from "../../core/model/memory-region.ts";
import { RegionError } from "./region-error.ts";
import { parseRegion, regionId } from "./region-image.ts";

const ID = 0x0123_4567_89ab_cdefn;
const parse = (bytes: Buffer, id = ID, size = bytes.length) => parseRegion(bytes, id, size);
const written = (change: Partial<WrittenRegion> = {}): Buffer => regionBytes({ layout: "v3", id: ID, ...change });

for (const [name, id] of [
  ["tt_device_0_memory", 0n],
  ["tt_device_18446744073709551615_memory", 2n ** 64n - 1n],
  ["tt_device_18446744073709551616_memory", null],
  ["tt_device_0x1f_memory", null],
  ["tt_device__memory", null],
  ["tt_device_0_memory.old", null],
  ["../tt_device_0_memory", null],
] as const) {
  test(`${name} is ${id === null ? "no region" : `the region ${id}`}`, () => assert.equal(regionId(name), id));
}

for (const layout of REGION_LAYOUTS) {
  test(`${layout}: counters, times, names and places of all rows are read`, () => {
    const sizes = { DRAM: 4_096, L1: 2 ** 40, L1_SMALL: 64, TRACE: 512, CB: 1 };
    const bytes = layout === "v1a" ? { ...sizes, KERNEL: 7 } : sizes;
    const rows = [
      { pid: 11, name: "first", updatedNs: 1_000n, at: 3, ...bytes },
      { pid: 12, name: "last", updatedNs: 2_000n, at: 63, ...bytes },
    ];
    const image = parse(written({ layout, device: 5, updatedNs: 3_000n, rows }));
    const doubled = Object.fromEntries(Object.entries(bytes).map(([type, size]) => [type, size * 2]));
    assert.deepEqual(image, {
      ...{ layout, id: ID, device: 5, updatedNs: 3_000n, totals: doubled },
      rows: rows.map(({ pid, name, updatedNs }) => ({ pid, name, updatedNs, bytes })),
    });
  });
}

test("64 rows are read, and those that are free or about to be are not", () => {
  const rows = Array.from({ length: 64 }, (_, index) => ({ pid: index + 1 }));
  assert.equal(parse(written({ rows }))?.rows.length, 64);
  const [free, leaving] = [
    { pid: 0, name: "was here", DRAM: 64 },
    { pid: -1, DRAM: 64 },
  ];
  assert.deepEqual(parse(written({ rows: [free, leaving], totals: {} }))?.rows, []);
});

for (const [counter, size] of [
  [2n ** 53n - 1n, 2 ** 53 - 1],
  [2n ** 53n, null],
  [-1n, null],
] as const) {
  test(`a counter of ${counter} is ${size === null ? "no size" : "a size"}`, () => {
    assert.equal(parse(written({ totals: { DRAM: counter } }))?.totals.DRAM, size);
  });
}

test("a name without a NUL ends with its field", () => {
  const name = Buffer.alloc(64, "n");
  assert.equal(parse(written({ rows: [{ pid: 1, name }] }))?.rows[0]?.name, "n".repeat(64));
});

test("an idle region of version 3 may say that it is ready, as one that was of version 4", () => {
  assert.equal(parse(written({ initState: 0x52454459 }))?.layout, "v3");
});

test("version 1 is told apart by its size", () => {
  const bytes = written({ layout: "v1b" });
  assert.equal(parse(bytes)?.layout, "v1b");
  assert.equal(parse(Buffer.concat([bytes, Buffer.alloc(64)]))?.layout, "v1b");
});

for (const [what, bytes] of [
  ["has no bytes yet", Buffer.alloc(0)],
  ["has no version yet", Buffer.alloc(8_576)],
  ["is of version 4 and not begun", written({ layout: "v4", initState: 0 })],
  ["is of version 4 and being made", written({ layout: "v4", initState: 1 })],
] as const) {
  test(`a region that ${what} is not finished`, () => assert.equal(parse(bytes), null));
}

for (const [what, bytes, message] of [
  ["a file of 47 bytes", Buffer.alloc(47, 1), "it has 47 bytes, and a region has at least 48"],
  ["one without its last row", written().subarray(0, 8_535), "it has 8535 bytes, and a region has at least 8536"],
  ["the oldest without its last row", written({ layout: "v1a" }).subarray(0, 8_535), /it has 8535 bytes/],
  ["a version 4 without its state", written({ layout: "v4" }).subarray(0, 8_539), /at least 8540/],
  ["a version 4 of another state", written({ layout: "v4", initState: 7 }), /its state is 0x7, and 0x52454459/],
  ["version 5", Buffer.from([5, 0, 0, 0, ...Buffer.alloc(44)]), "its version is 5, and only 1 to 4 can be read"],
  ["text", Buffer.alloc(9_000, "text"), /its version is 1954047348/],
  ["a huge file", Buffer.concat([written(), Buffer.alloc(705)]), /it has 9281 bytes, and a region of version 3 has/],
  ["another chip's", written({ id: 7n }), `its header is of the chip 7, and its name says ${ID}`],
  ["another chip's of version 1", written({ layout: "v1a", id: 0x701n }), /its header is of the chip 1793/],
] as const) {
  test(`${what} is refused`, () => {
    assert.throws(() => parse(bytes), { constructor: RegionError, message });
  });
}

test("whatever bytes there are, it is a region, not finished, or refused", () => {
  const edits = fc.array(fc.tuple(fc.nat(9_300), fc.nat(255)), { maxLength: 20 });
  const layouts = fc.constantFrom(...REGION_LAYOUTS);
  fc.assert(
    fc.property(layouts, edits, fc.nat(9_300), (layout, changes, length) => {
      const bytes = written({ layout, rows: [{ pid: 1, DRAM: 64 }] });
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      try {
        parse(bytes.subarray(0, length));
      } catch (error) {
        if (!(error instanceof RegionError)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BookedBuffer } from "../../model/server-view.ts";
import { BooksTimeline } from "./books-timeline.ts";

const KEPT = {
  line: { file: "/m/a.py", line: 3, function: "f" },
  operation: "ttnn.zeros",
  test: "t1",
  requestedBytes: 1n,
};

const buffer = (birth: number, differences: Partial<BookedBuffer> = {}): BookedBuffer => ({
  device: 0,
  memoryType: "DRAM",
  address: BigInt(birth * 64),
  sizeBytes: 100n,
  pid: 7,
  refCount: 1,
  allocs: 1,
  frees: 0,
  birth,
  origin: null,
  ...differences,
});

test("a buffer lives from the first walk that has it to the first that has it no more, at the same address or not", () => {
  const books = new BooksTimeline(0);
  books.look([buffer(1), buffer(2)], new Map(), 10);
  books.look([buffer(2), buffer(3, { address: 64n })], new Map(), 20);
  const { allocations, series } = books.timeline();
  assert.deepEqual([...allocations.bornNs], [10, 10, 20]);
  assert.deepEqual([...allocations.diedNs], [20, Infinity, Infinity]);
  assert.equal(series[0]?.lastBytes.at(-1), 200);
  assert.equal(series[0]?.knownFrom, "looks");
});

test("each memory of each process is one series, and what is no memory of ttnn's is left out", () => {
  const books = new BooksTimeline(0);
  const all = [buffer(1), buffer(2, { memoryType: "L1" }), buffer(3, { pid: 8 }), buffer(4, { device: 1 })];
  books.look([...all, buffer(5, { memoryType: "KERNEL" })], new Map(), 10);
  const { series, allocations } = books.timeline();
  assert.deepEqual(
    series.map(({ pid, device, memoryType }) => [pid, device, memoryType]),
    [
      [7, 0, "DRAM"],
      [7, 0, "L1"],
      [8, 0, "DRAM"],
      [7, 1, "DRAM"],
    ],
  );
  assert.equal(allocations.rows, 4);
});

test("who made a buffer is kept, and a test ends when another one runs in its process", () => {
  const books = new BooksTimeline(0);
  books.look([buffer(1, { origin: KEPT })], new Map([[7, "t1"]]), 10);
  books.look([buffer(1, { origin: KEPT })], new Map([[7, "t2"]]), 20);
  books.look([buffer(1, { origin: KEPT })], new Map([[7, null]]), 30);
  const { tests, allocations, origins } = books.timeline();
  assert.deepEqual(
    tests.map(({ test: name, beginNs, endNs }) => [name, beginNs, endNs]),
    [
      ["t1", 10, 20],
      ["t2", 20, 30],
    ],
  );
  assert.deepEqual(
    [allocations.test[0], origins[allocations.origin[0] ?? -1]],
    [0, { operation: "ttnn.zeros", stack: [KEPT.line] }],
  );
});

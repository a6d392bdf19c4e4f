import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import type { Clash, LiveShare, OutOfMemory } from "../model/memory-shortage.ts";
import { clashReport } from "./clash-report.ts";
import { outOfMemoryReport } from "./out-of-memory.ts";

const POSITIONS: Readonly<Record<string, number>> = { "test_a.py::a": 0, "test_a.py::b": 1, "test_b.py::c": 4 };
const PROCESS = {
  pid: 7,
  rootDir: "/suite",
  positionOf: ({ test: name }: { test: string }) => POSITIONS[name] ?? null,
  runOf: () => ({ attempt: 1, repeat: 0, outcome: "failed" }) as const,
};

function share(name: string | null, line: number, change: Partial<LiveShare> = {}): LiveShare {
  const ref = name === null ? null : { test: name, attempt: 1 };
  return {
    context: { ref, phase: "call", subtest: null, fixture: null },
    stack: [{ file: "/suite/work.py", line, function: "f" }],
    operation: "ttnn.zeros",
    buffers: 1,
    bytesPerBank: 100,
    oldestNs: 5_000_000,
    ...change,
  };
}

/** 1,000 bytes from 4,000 on: 200 free, then 100 of each of three shares with 100 free after each, then 200 free. */
const MEMORY = {
  range: { banks: 12, totalBytesPerBank: 1000, base: 4000 },
  shares: [share("test_a.py::a", 3), share("test_a.py::a", 3, { oldestNs: 2_000_000 }), share("test_b.py::c", 9)],
  layout: {
    addresses: Float64Array.of(4200, 4400, 4600),
    bytesPerBank: Float64Array.of(100, 100, 100),
    shares: Uint32Array.of(0, 1, 2),
  },
  knownFrom: "events",
  isWhole: true,
} as const;

function refused(bytesPerBank: number, change: Partial<OutOfMemory> = {}) {
  const moment: OutOfMemory = {
    process: 0,
    source: "events",
    device: 0,
    openedAs: null,
    memoryType: "DRAM",
    sizeBytes: bytesPerBank * 12,
    isExact: true,
    requestedBytes: bytesPerBank * 12,
    bytesPerBank,
    at: { ref: { test: "test_b.py::c", attempt: 1 }, phase: "call", subtest: null, fixture: null },
    atNs: 9_000_000,
    stack: [],
    operation: null,
    said: null,
    memory: MEMORY,
    ...change,
  };
  return outOfMemoryReport(moment, PROCESS);
}

describe("why an allocation failed", () => {
  for (const [bytes, shortage] of [
    [300, "other"],
    [301, "fragmented"],
    [700, "fragmented"],
    [701, "too-little"],
    [1000, "too-little"],
    [1001, "larger-than-memory"],
  ] as const) {
    it(`is ${shortage} for ${bytes} bytes where 700 of 1,000 are free and the largest piece has 300`, () => {
      const report = refused(bytes);
      assert.equal(report.shortage, shortage);
      assert.deepEqual(report.room, {
        totalBytesPerBank: 1000,
        freeBytesPerBank: 700,
        largestFreeBytesPerBank: 300,
        freePieces: 4,
      });
    });
  }

  it("is by the allocator's own words, where they were heard", () => {
    const said = { totalBytesPerBank: 1000, freeBytesPerBank: 650, largestFreeBytesPerBank: 250 };
    const { shortage, room } = refused(300, { said });
    assert.deepEqual([shortage, room?.largestFreeBytesPerBank, room?.freePieces], ["fragmented", 250, null]);
  });

  it("is not known where nobody measured the device", () => {
    const { shortage, room, fitsWithout, owners } = refused(300, { memory: { ...MEMORY, range: null } });
    assert.deepEqual([shortage, room, fitsWithout, owners.length], [null, null, null, 2]);
  });
});

test("owners are tests with lines: what one line allocated in one test is reported at once, with its age", () => {
  const { owners, fitsWithout, live } = refused(400);
  assert.deepEqual(
    owners.map(({ test: name, origin, buffers, testsAgo, ageMs }) => [name, origin?.line, buffers, testsAgo, ageMs]),
    [
      ["test_a.py::a", 3, 2, 4, 7],
      ["test_b.py::c", 9, 1, 0, 4],
    ],
  );
  assert.deepEqual(
    fitsWithout?.map(({ test: name, buffers }) => [name, buffers]),
    [["test_a.py::a", 1]],
  );
  assert.deepEqual(
    live.map(({ buffers }) => buffers),
    [2, 1],
  );
});

test("nothing would have to be freed where no freeing helps, or a piece was large enough", () => {
  for (const bytes of [300, 1001]) assert.equal(refused(bytes).fitsWithout, null);
});

test("in the way of static buffers is all that begins below their end", () => {
  const error = { error: "clash", buffers: "circular", program: 1, cores: "[]", lowestAddress: 4200 } as const;
  const clash: Omit<Clash, "error"> = {
    process: 0,
    device: 0,
    openedAs: null,
    ref: { test: "test_b.py::c", attempt: 1 },
    atNs: null,
    stack: [],
    memory: MEMORY,
  };
  for (const [regionEnd, buffers] of [
    [4200, 0],
    [4201, 1],
    [4401, 2],
    [9999, 3],
  ] as const) {
    const report = clashReport({ ...clash, error: { ...error, regionEnd } }, PROCESS);
    assert.equal(report.fitsWithout?.reduce((sum, owner) => sum + owner.buffers, 0) ?? 0, buffers);
    assert.deepEqual([report.regionBytes, report.room?.freePieces], [regionEnd - 4000, 4]);
  }
  const tooLarge = { error: "too-large", buffers: "circular", cores: "[]", regionEnd: 9999, limit: 5000 } as const;
  assert.equal(clashReport({ ...clash, error: tooLarge }, PROCESS).fitsWithout, null);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RegionImage, RegionProcessState, RegionRow, RegionWriter } from "../model/memory-region.ts";
import { buildRegionsSnapshot } from "./regions-snapshot.ts";

const row = (pid: number, bytes: RegionRow["bytes"]): RegionRow => ({ pid, name: "python", updatedNs: 0n, bytes });
const writer = (state: RegionProcessState): RegionWriter => ({ state, localPid: null });

function regionOf(change: Partial<RegionImage>, states: readonly RegionProcessState[]) {
  const image: RegionImage = { layout: "v3", id: 7n, device: 0, updatedNs: 0n, totals: {}, rows: [], ...change };
  const written = { path: "/dev/shm/tt_device_7_memory", image, writers: states.map(writer) };
  const [region] = buildRegionsSnapshot({ folder: "/dev/shm", unread: [], leftOut: 0 }, [written], 0).regions;
  return region ?? assert.fail("there is one");
}

const memoryOf = (change: Partial<RegionImage>, ...states: readonly RegionProcessState[]) => {
  const [{ memoryType: _, ...memory } = assert.fail("there is one")] = regionOf(change, states).memories;
  return memory;
};

test("what processes that run hold is apart from what those left that ended, and from what nobody's row has", () => {
  const rows = [row(1, { DRAM: 1 }), row(2, { DRAM: 20 }), row(3, { DRAM: 300 })];
  assert.deepEqual(memoryOf({ totals: { DRAM: 4_321 }, rows }, "running", "ended", "unverifiable"), {
    usedBytes: 1,
    staleBytes: 20,
    unverifiableBytes: 300,
    unattributedBytes: 4_000,
    totalBytes: 4_321,
  });
});

test("a total that is behind the rows, as while something is freed, leaves nothing unattributed", () => {
  assert.equal(memoryOf({ totals: { L1: 5 }, rows: [row(1, { L1: 9 })] }, "running").unattributedBytes, 0);
});

test("a counter that ran below zero counts for nothing, and a total that did says nothing", () => {
  const rows = [row(1, { L1: null }), row(2, { L1: 3 })];
  const { usedBytes, unattributedBytes, totalBytes } = memoryOf({ totals: { L1: null }, rows }, "running", "running");
  assert.deepEqual(
    { usedBytes, unattributedBytes, totalBytes },
    { usedBytes: 3, unattributedBytes: null, totalBytes: null },
  );
});

for (const [layout, processes, unattributed] of [
  ["v3", 1, 90],
  ["v3", 2, null],
  ["v4", 2, 80],
] as const) {
  test(`${layout}: of circular buffers of ${processes} processes the total says ${unattributed ?? "nothing"}`, () => {
    const rows = Array.from({ length: processes }, (_, index) => row(index + 1, { CB: 10 }));
    const { unattributedBytes } = memoryOf(
      { layout, totals: { CB: 100 }, rows },
      ...rows.map(() => "running" as const),
    );
    assert.equal(unattributedBytes, unattributed);
  });
}

for (const [id, chip, isChipKnown] of [
  [0n, "0x0", false],
  [65_535n, "0xffff", false],
  [65_536n, "0x10000", true],
  [2n ** 64n - 1n, "0xffffffffffffffff", true],
] as const) {
  test(`${chip} is ${isChipKnown ? "a chip's own id" : "a logical device id"}`, () => {
    const region = regionOf({ id }, []);
    assert.deepEqual([region.chip, region.isChipKnown], [chip, isChipKnown]);
  });
}

test("any time that a region can have is a time", () => {
  assert.equal(regionOf({ updatedNs: 2n ** 64n - 1n }, []).updatedAt, "2554-07-21T23:34:33.709Z");
});

for (const [rows, isFull] of [
  [63, false],
  [64, true],
] as const) {
  test(`a region with ${rows} rows is ${isFull ? "" : "not "}full`, () => {
    const taken = Array.from({ length: rows }, (_, index) => row(index + 1, {}));
    assert.equal(regionOf({ rows: taken }, []).isFull, isFull);
  });
}

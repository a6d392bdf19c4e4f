import assert from "node:assert/strict";
import { it } from "node:test";
import { LIVE_DEVICES_MAX } from "../model/live-snapshot.ts";
import type { DeviceCounters } from "../model/server-view.ts";
import { booksCauses, buildBooksSnapshot, isOfEndedTest, leftKey } from "./live-books.ts";
import { notJudged } from "./live-causes.ts";

const SOURCE = { command: "serve" as const, pid: 1, title: ["/tmp/s.sock"], engine: "0.1.0", startedAt: "" };

function counters(device: number, change: Partial<DeviceCounters> = {}): DeviceCounters {
  const bytes = { dramBytes: 4096n, l1Bytes: 0n, l1SmallBytes: 0n, traceBytes: 0n, cbBytes: 0n, kernelBytes: 0n };
  return { device, buffers: 1, ...bytes, ...change };
}

function snapshotOf(devices: readonly DeviceCounters[], leftBytes: ReadonlyMap<string, number> | null = null) {
  const origin = {
    requestedBytes: 4000n,
    line: { file: "a.py", line: 3, function: "f" },
    operation: "ttnn.zeros",
    test: "t.py::a",
  };
  const buffer = {
    device: 0,
    memoryType: "DRAM",
    address: 255n,
    sizeBytes: 2n ** 60n,
    pid: 7,
    refCount: 1,
    allocs: 1,
    frees: 0,
    birth: 1,
    origin,
  };
  const seen = {
    largest: [buffer],
    usedBytes: new Map([[7, 4096]]),
    leftBytes,
    causes: notJudged(""),
    causesLeftOut: 0,
  };
  const processes = [
    { pid: 7, running: { test: "t.py::a", phase: null, forMs: null, quietMs: null }, lostRecords: 2 },
    { pid: 8, running: null, lostRecords: 1 },
  ];
  const statistics = { devices, active: devices.length };
  const counts = { traffic: { allocations: 9, frees: 8 }, lost: { records: 4, messages: 0, refused: 3 } };
  return buildBooksSnapshot({ source: SOURCE, state: "running", atMs: 0, statistics, processes, seen, ...counts });
}

it("tells what clients told: amounts by device and type, nothing of the allocator's", () => {
  const { devices, buffers, lost } = snapshotOf([counters(0, { cbBytes: 64n })]);
  assert.deepEqual(
    devices[0]?.memories.map(({ memoryType, usedBytes }) => [memoryType, usedBytes]),
    [
      ["DRAM", 4096],
      ["L1", 0],
      ["CB", 64],
    ],
  );
  assert.deepEqual(
    [devices[0]?.pid, devices[0]?.memories[0]?.capacityBytes, buffers, lost],
    [null, null, 1, { records: 4, messages: 0, refused: 3 }],
  );
});

it("tells what tests left that have ended, once the books were walked through", () => {
  const leftIn = (left: ReadonlyMap<string, number> | null) => {
    return snapshotOf([counters(0), counters(1)], left).devices.map(({ memories }) => memories[0]?.leftBytes);
  };
  assert.deepEqual(leftIn(null), [null, null]);
  assert.deepEqual(leftIn(new Map([[leftKey(1, "DRAM"), 64]])), [0, 64]);
});

for (const [what, origin, isLeft] of [
  ["the test that runs", "t.py::a", false],
  ["a test that has ended", "t.py::b", true],
  ["a wider fixture, or no test", null, false],
] as const) {
  it(`what ${what} allocated is ${isLeft ? "" : "not "}of an ended test`, () => {
    const told = { requestedBytes: 1n, line: null, operation: null, test: origin };
    assert.equal(isOfEndedTest({ pid: 7, origin: told }, new Map([[7, "t.py::a"]])), isLeft);
    assert.equal(isOfEndedTest({ pid: 7, origin: told }, new Map()), origin !== null);
  });
}

it("tells who runs a test, and what each process holds", () => {
  const { processes, largest } = snapshotOf([counters(0)]);
  assert.deepEqual(
    processes.map(({ pid, role, usedBytes }) => [pid, role, usedBytes]),
    [
      [7, "single", 4096],
      [8, "program", 0],
    ],
  );
  assert.deepEqual(
    [largest[0]?.address, largest[0]?.sizeBytes, largest[0]?.test],
    ["0xff", Number.MAX_SAFE_INTEGER, "t.py::a"],
  );
});

for (const amount of [LIVE_DEVICES_MAX - 1, LIVE_DEVICES_MAX, LIVE_DEVICES_MAX + 1]) {
  it(`of ${amount} devices so many are reported: ${Math.min(amount, LIVE_DEVICES_MAX)}`, () => {
    const { devices, leftOut } = snapshotOf(Array.from({ length: amount }, (_, device) => counters(device)));
    assert.deepEqual(
      [devices.length, leftOut.devices],
      [Math.min(amount, LIVE_DEVICES_MAX), Math.max(0, amount - LIVE_DEVICES_MAX)],
    );
  });
}

it("findings over the books are causes by themselves", () => {
  const finding = {
    device: 0,
    memoryType: "DRAM",
    buffers: 2,
    sizeBytes: 8192,
    verdict: "leak",
    evidence: "It grew.",
    fails: true,
    rule: "large-buffer",
    pids: [7],
  } as const;
  const { causes } = booksCauses([finding], 5);
  assert.deepEqual(
    [causes.judgedAtMs, causes.failing, causes.list[0]?.verdict, causes.list[0]?.evidence],
    [5, 1, "leak", "It grew."],
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_RECORD, PROCESS_INFO, processRecord } from "../../../fixtures/run/records.ts";
import type { Device } from "../model/device.ts";
import type { ProcessInfo } from "../model/event.ts";
import { ExitCode } from "../model/exit-code.ts";
import type { Allocation, Look, ProcessRecord, RunRecord, Sighting, TestRecord } from "../model/run-record.ts";
import { buildRunReport, NOTHING_JUDGED } from "./build-run-report.ts";

const DEVICE: Device = { key: 1, chips: [0], shape: [1, 1], parent: null };
const REF = { test: "t.py::a", attempt: 1 };
const BORN: Sighting = { ref: REF, moment: "after", fixture: null };
const INFO: ProcessInfo = { ...PROCESS_INFO, worker: "gw0", role: "worker" };
const FACTS = {
  invocation: ["tt-memwatch", "run", "--"],
  cwd: "/suite",
  command: ["pytest"],
  engine: "0.1.0",
  startedAt: "2026-01-01T00:00:00.000Z",
  durationMs: 5,
  commandExitCode: 0,
  warnings: ["careful"],
};

function look(allocatedBytesPerBank: number, cacheEntries: number): Look {
  const largestFreeBytesPerBank = 1000 - allocatedBytesPerBank;
  const usage = {
    memoryType: "DRAM",
    banks: 12,
    totalBytesPerBank: 1000,
    allocatedBytesPerBank,
    largestFreeBytesPerBank,
  };
  return {
    moment: "after",
    usage: [{ ...usage, memoryType: "DRAM" }],
    liveBlocks: allocatedBytesPerBank / 10,
    cacheEntries,
  };
}

function testRecord(change: Partial<TestRecord> = {}): TestRecord {
  return {
    process: 0,
    session: 1,
    ref: REF,
    base: "t.py::a",
    index: 0,
    repeat: 0,
    warmUp: null,
    notRepeated: null,
    limits: { total: null, perType: {} },
    peakLimits: null,
    peaks: { memories: [], together: [] },
    limitReason: null,
    known: null,
    outcome: "passed",
    durationMs: 3,
    notChecked: [],
    badMark: null,
    host: null,
    otherPids: [],
    devices: [{ device: DEVICE, looks: [look(0, 0), look(30, 2), look(10, 1)] }],
    ...change,
  };
}

function allocation(change: Partial<Allocation> = {}): Allocation {
  return {
    process: 0,
    device: DEVICE,
    memoryType: "DRAM",
    address: 0x20n,
    bytesPerBank: 100,
    banks: 12,
    birth: BORN,
    death: null,
    fixturesEndedBeforeDeath: [],
    endedWithDevice: null,
    keptBy: null,
    isWaiting: false,
    outlivedFixture: false,
    tensor: null,
    holders: [],
    noted: null,
    inside: [],
    traced: null,
    ...change,
  };
}

function reportOf(change: Partial<RunRecord>) {
  const record: RunRecord = {
    ...EMPTY_RECORD,
    processes: [processRecord({ info: INFO })],
    ...change,
  };
  return buildRunReport(record, NOTHING_JUDGED, FACTS, null, []);
}

test("the facts of the run, its processes and its refusals are passed on", () => {
  const { run } = reportOf({
    processes: [processRecord({ info: INFO, dropped: 2 })],
    refused: ["a connection: not JSON"],
  });
  const { lost, tests, repeatedTests, processes, refused, tracing, otherTraced, exitCode, ...facts } = run;
  assert.deepEqual(facts, FACTS);
  assert.deepEqual([tracing, otherTraced, exitCode], [[], [], ExitCode.nothingChecked]);
  assert.deepEqual(processes, [
    { ...INFO, sessions: 1, exitStatus: 0, end: "finished", droppedMessages: 2, host: null },
  ]);
  assert.deepEqual(refused, ["a connection: not JSON"]);
  assert.deepEqual(lost, []);
  assert.deepEqual(tests, { checked: 0, notChecked: 0, noDevice: 0 });
  assert.equal(repeatedTests, 0);
});

test("a child that was forked for a test holds nothing once it has ended", () => {
  const info = { ...INFO, role: "fork", parent: 4000 } as const;
  const remainingOf = (end: ProcessRecord["end"]) =>
    reportOf({ processes: [processRecord({ info, end })], allocations: [allocation()] }).remaining.length;
  assert.deepEqual([remainingOf("finished"), remainingOf("lost"), remainingOf("still-running")], [0, 0, 1]);
});

test("repeats are counted by test and are not tests of their own", () => {
  const repeats = [1, 2].map((repeat) => testRecord({ repeat, ref: { ...REF, attempt: repeat + 1 } }));
  const { run, tests } = reportOf({ tests: [testRecord(), ...repeats] });
  assert.equal(run.repeatedTests, 1);
  assert.deepEqual([run.tests.checked, run.exitCode], [1, ExitCode.clean]);
  assert.equal(tests.length, 1);
});

test("a device is shown as the test found it and as it left it, whatever was between", () => {
  const [shown] = reportOf({ tests: [testRecord()] }).tests;
  assert.equal(shown?.worker, "gw0");
  assert.deepEqual(shown?.devices, [
    {
      device: 0,
      chips: [0],
      before: look(0, 0).usage,
      after: look(10, 1).usage,
      liveBlocksBefore: 0,
      liveBlocksAfter: 1,
      cacheEntriesBefore: 0,
      cacheEntriesAfter: 1,
    },
  ]);
});

for (const [what, change, state] of [
  ["was measured and ended", {}, "checked"],
  ["used no device", { devices: [] }, "no-device"],
  ["says why it was not measured", { notChecked: ["marked skip"], devices: [] }, "not-checked"],
  ["was measured in part and says so", { notChecked: ["second device closed"] }, "not-checked"],
  ["never ended", { outcome: null }, "not-checked"],
] as const) {
  test(`a test that ${what} is ${state}, and is counted so`, () => {
    const report = reportOf({ tests: [testRecord(change)] });
    assert.equal(report.tests[0]?.state, state);
    const counts = { checked: 0, notChecked: 0, noDevice: 0 };
    const name = ({ checked: "checked", "not-checked": "notChecked", "no-device": "noDevice" } as const)[state];
    assert.deepEqual(report.run.tests, { ...counts, [name]: 1 });
  });
}

test("what remains is what has no death, by process, device and memory type, in bytes of all banks", () => {
  const second: Device = { ...DEVICE, key: 2, chips: [1, 2] };
  const report = reportOf({
    allocations: [
      allocation({ device: second, memoryType: "L1", banks: 64 }),
      allocation({ address: 0x40n, bytesPerBank: 50 }),
      allocation({ address: 0x60n, death: BORN }),
      allocation({ birth: { ...BORN, ref: null } }),
      allocation({ memoryType: "TRACE" }),
    ],
  });
  assert.deepEqual(report.remaining, [
    {
      pid: 4711,
      device: 0,
      memoryType: "DRAM",
      sizeBytes: 1800,
      buffers: [
        { address: 0x40n, sizeBytes: 600, test: "t.py::a" },
        { address: 0x20n, sizeBytes: 1200, test: null },
      ],
    },
    {
      pid: 4711,
      device: 0,
      memoryType: "TRACE",
      sizeBytes: 1200,
      buffers: [{ address: 0x20n, sizeBytes: 1200, test: "t.py::a" }],
    },
    {
      pid: 4711,
      device: 1,
      memoryType: "L1",
      sizeBytes: 6400,
      buffers: [{ address: 0x20n, sizeBytes: 6400, test: "t.py::a" }],
    },
  ]);
});

test("a lost process names the test that ran, and what was live on the devices that were open", () => {
  const running = { test: "t.py::crash", attempt: 2 };
  const lost = processRecord({ info: INFO, end: "lost", runningTest: running });
  const report = reportOf({
    processes: [lost],
    tests: [testRecord(), testRecord({ ref: running, outcome: null })],
    allocations: [
      allocation(),
      allocation({ device: { ...DEVICE, key: 7 }, address: 0x40n, endedWithDevice: { ref: null } }),
      allocation({ process: 1, address: 0x60n }),
    ],
  });
  const live = [
    {
      pid: 4711,
      device: 0,
      memoryType: "DRAM",
      sizeBytes: 1200,
      buffers: [{ address: 0x20n, sizeBytes: 1200, test: "t.py::a" }],
    },
  ];
  assert.deepEqual(report.run.lost, [{ pid: 4711, worker: "gw0", test: "t.py::crash", refusal: null, live }]);
  const refused = reportOf({
    processes: [processRecord({ info: INFO, end: "refused", refusal: "why", runningTest: running })],
  });
  assert.deepEqual([refused.run.lost[0]?.refusal, refused.run.processes[0]?.end], ["why", "refused"]);
});

test("what ended with its device, or is pytest's own to let go of, is held no more", () => {
  const allocations = [
    allocation({ endedWithDevice: { ref: null } }),
    allocation({ keptBy: "pytest" }),
    allocation({ keptBy: "test" }),
    allocation({ keptBy: "failure", address: 0x40n }),
  ];
  const { remaining } = reportOf({ processes: [processRecord({ info: INFO })], allocations });
  assert.deepEqual(
    remaining.flatMap(({ buffers }) => buffers.map(({ address }) => address)),
    [0x40n],
  );
});

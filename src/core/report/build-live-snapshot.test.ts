import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { finding } from "../../../fixtures/report/builders.ts";
import type { MemoryNow } from "../ledger/run/memory-now.ts";
import {
  LIVE_BUFFERS_MAX,
  LIVE_CAUSES_MAX,
  LIVE_DEVICES_MAX,
  LIVE_PROCESSES_MAX,
  LIVE_TEXT_CHARACTERS_MAX,
} from "../model/live-snapshot.ts";
import { buildLiveSnapshot, type ProcessPart } from "./build-live-snapshot.ts";
import { causesLeftOut, liveCauses, notJudged } from "./live-causes.ts";
import { beginningOf, endOf } from "./shorten-live-text.ts";

const SOURCE = { command: "run" as const, pid: 1, title: ["pytest"], engine: "0.1.0", startedAt: "" };

const FRAME = { file: "/suite/model.py", line: 8, function: "load" };

function memory(change: Partial<MemoryNow> = {}): MemoryNow {
  return {
    place: { device: 0, openedAs: null },
    memoryType: "DRAM",
    knownFrom: "events",
    usage: {
      memoryType: "DRAM",
      banks: 12,
      totalBytesPerBank: 1000,
      allocatedBytesPerBank: 100,
      largestFreeBytesPerBank: 800,
    },
    usedBytes: 1200,
    largestFreeBytesPerBank: 800,
    buffers: 1,
    largest: [],
    ...change,
  };
}

function part(change: Partial<ProcessPart> = {}): ProcessPart {
  return {
    ...{ pid: 4711, worker: null, role: "single", state: "running", running: null, standstill: null, lostRecords: 0 },
    ...{ rootDir: "/suite", memories: [memory()], peaks: [] },
    ...change,
  };
}

function snapshotOf(processes: readonly ProcessPart[]) {
  const rest = { source: SOURCE, state: "running" as const, atMs: 0, tests: null, causesLeftOut: 0 };
  const counts = { traffic: null, lost: { messages: 1, refused: 2 } };
  return buildLiveSnapshot({ ...rest, ...counts, processes, causes: notJudged("") });
}

it("sizes are over all banks, and a peak is never below what is in use", () => {
  const peaks = [{ device: 0, openedAs: null, memoryType: "DRAM" as const, peakBytes: 600, isExact: true }];
  const [device] = snapshotOf([part({ peaks })]).devices;
  assert.deepEqual(device?.memories, [
    {
      memoryType: "DRAM",
      usedBytes: 1200,
      capacityBytes: 12_000,
      largestFreeBytes: 9_600,
      peakBytes: 1200,
      buffers: 1,
      leftBytes: null,
      knownFrom: "events",
    },
  ]);
});

it("a device and its sub-mesh are one device, with what both hold and the smaller of their free pieces", () => {
  const subMesh = memory({ usedBytes: 300, largestFreeBytesPerBank: 500, buffers: 2 });
  const { devices } = snapshotOf([part({ memories: [memory(), subMesh] })]);
  assert.equal(devices.length, 1);
  const [told] = devices[0]?.memories ?? [];
  assert.deepEqual(
    [told?.usedBytes, told?.capacityBytes, told?.largestFreeBytes, told?.buffers],
    [1500, 12_000, 6_000, 3],
  );
});

it("the largest buffers of all processes come first, with their line, test and holder", () => {
  const context = {
    ref: { test: "test_a.py::test", attempt: 1 },
    phase: "call" as const,
    fixture: null,
    subtest: null,
  };
  const birth = { context, stack: [FRAME], operation: "ttnn.zeros" };
  const buffer = (address: number, sizeBytes: number) => {
    return { address, sizeBytes, birth: () => birth, holders: () => ["test_a.CACHE[0]"] };
  };
  const { largest } = snapshotOf([
    part({ memories: [memory({ largest: [buffer(64, 100)] })] }),
    part({ pid: 4712, memories: [memory({ largest: [buffer(255, 200)] })] }),
  ]);
  assert.deepEqual(
    largest.map(({ pid, address }) => [pid, address]),
    [
      [4712, "0xff"],
      [4711, "0x40"],
    ],
  );
  const { operation, line, test, holder } = largest[0] ?? {};
  assert.deepEqual(
    [operation, line, test, holder],
    ["ttnn.zeros", { file: "model.py", line: 8 }, "test_a.py::test", "test_a.CACHE[0]"],
  );
});

describe("what a snapshot has at most is reported, and the rest is counted", () => {
  for (const extra of [-1, 0, 1]) {
    const leftOut = Math.max(0, extra);
    it(`${LIVE_PROCESSES_MAX} processes and ${extra}`, () => {
      const amount = LIVE_PROCESSES_MAX + extra;
      const told = snapshotOf(Array.from({ length: amount }, (_, pid) => part({ pid, memories: [] })));
      assert.deepEqual([told.processes.length, told.leftOut.processes], [amount - leftOut, leftOut]);
    });
    it(`${LIVE_DEVICES_MAX} devices and ${extra}`, () => {
      const amount = LIVE_DEVICES_MAX + extra;
      const memories = Array.from({ length: amount }, (_, device) => memory({ place: { device, openedAs: null } }));
      const told = snapshotOf([part({ memories })]);
      assert.deepEqual([told.devices.length, told.leftOut.devices], [amount - leftOut, leftOut]);
    });
    it(`${LIVE_BUFFERS_MAX} buffers and ${extra}`, () => {
      const birth = { context: null, stack: [], operation: null };
      const largest = Array.from({ length: LIVE_BUFFERS_MAX + extra }, (_, address) => {
        return { address, sizeBytes: 1, birth: () => birth, holders: () => [] };
      });
      assert.equal(snapshotOf([part({ memories: [memory({ largest })] })]).largest.length, largest.length - leftOut);
    });
    it(`${LIVE_CAUSES_MAX} causes and ${extra}`, () => {
      const findings = Array.from({ length: LIVE_CAUSES_MAX + extra }, (_, line) => {
        return finding({ holders: [`test_a.CACHE_${line}`] });
      });
      assert.equal(liveCauses(findings, 0).list.length, findings.length - leftOut);
      assert.equal(causesLeftOut(findings), leftOut);
    });
    it(`${LIVE_TEXT_CHARACTERS_MAX} characters and ${extra}`, () => {
      const text = `${"a".repeat(LIVE_TEXT_CHARACTERS_MAX + extra - 1)}z`;
      for (const cut of [beginningOf(text), endOf(text)]) {
        assert.equal(cut.length, Math.min(text.length, LIVE_TEXT_CHARACTERS_MAX));
        assert.equal(cut.includes("…"), extra > 0);
      }
      assert.ok(endOf(text).endsWith("z"));
    });
  }
});

it("causes come gravest first, with the test that left each last", () => {
  const findings = [
    finding({ verdict: "retained", fails: false, test: "t.py::a", holders: ["a"] }),
    finding({ verdict: "leak", fails: true, test: "t.py::b", holders: ["kept[0]"] }),
    finding({ verdict: "leak", fails: true, test: "t.py::c", holders: ["kept[1]"] }),
  ];
  const { list, verdicts, ...counts } = liveCauses(findings, 7);
  assert.deepEqual(counts, { judgedAtMs: 7, reason: "", findings: 3, failing: 2, known: 0 });
  assert.deepEqual(
    verdicts.map(({ verdict, findings: amount }) => [verdict, amount]),
    [
      ["leak", 2],
      ["retained", 1],
    ],
  );
  assert.deepEqual(
    list.map(({ verdict, findings: amount, holder, test }) => [verdict, amount, holder, test]),
    [
      ["leak", 2, "kept[*]", "t.py::c"],
      ["retained", 1, "a", "t.py::a"],
    ],
  );
});

it("a cause that somebody knows of says who does, and why it is let pass", () => {
  const known = { by: "suppression" as const, reason: "r".repeat(LIVE_TEXT_CHARACTERS_MAX + 1), ref: "#1" };
  const findings = [
    finding({ verdict: "leak", fails: false, known, holders: ["a"] }),
    finding({ verdict: "leak", fails: true, holders: ["a"] }),
  ];
  const { list, known: amount } = liveCauses(findings, 7);
  assert.deepEqual(
    list.map(({ fails, known: told }) => [fails, told?.by, told?.reason.length, told?.ref]),
    [
      [true, undefined, undefined, undefined],
      [false, "suppression", LIVE_TEXT_CHARACTERS_MAX, "#1"],
    ],
  );
  assert.equal(amount, 1);
});

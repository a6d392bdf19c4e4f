import assert from "node:assert/strict";
import { test } from "node:test";
import { OUTCOMES, type Outcome, type ProcessInfo, type RunEvent } from "../model/event.ts";
import type { Moment } from "../model/measurement.ts";
import { RunProgress } from "./run-progress.ts";

function begin(process: number, role: ProcessInfo["role"] = "single"): RunEvent {
  const versions = { plugin: "0.1.0", python: "3.12.1", pytest: "9.2.0", ttnn: null };
  const info = {
    ...versions,
    pid: process,
    worker: null,
    role,
    parent: null,
    clear: "always",
    origin: "auto",
    rootDir: "/",
    junitFile: null,
  } as const;
  return { kind: "process-begin", process, info };
}

function look(moment: Moment, allocatedBytesPerBank: number, key = 1, chips = [0], process = 0): RunEvent {
  const device = { key, chips, shape: [1, 1], parent: null };
  const sizes = { totalBytesPerBank: 1000, allocatedBytesPerBank, largestFreeBytesPerBank: 1 };
  const usage = [{ memoryType: "DRAM", banks: 12, ...sizes } as const];
  const rest = { fixture: null, liveBlocks: 1, cacheEntries: 0, added: [], removed: [], trace: null };
  return { kind: "measurement", process, measurement: { device, moment, usage, ...rest } };
}

function testBegin(test = "t.py::a"): Extract<RunEvent, { kind: "test-begin" }> {
  const ref = { test, attempt: 1 };
  return {
    kind: "test-begin",
    process: 0,
    ref,
    base: test,
    index: 0,
    repeat: 0,
    warmUp: 0,
    limits: { total: null, perType: {} },
    peaks: null,
    reason: null,
    hostBytes: null,
    known: null,
  };
}

const TEST_END: Extract<RunEvent, { kind: "test-end" }> = {
  kind: "test-end",
  process: 0,
  ref: { test: "t.py::a", attempt: 1 },
  outcome: "passed",
  durationMs: 1,
  atNs: null,
  hostBytes: null,
};

function progressAfter(events: readonly RunEvent[]): RunProgress {
  const progress = new RunProgress();
  for (const event of events) progress.note(event);
  return progress;
}

function statusAfter(...events: readonly RunEvent[]) {
  return progressAfter(events).status();
}

test("before anything is known, nothing is shown", () => {
  assert.deepEqual(statusAfter(), { testsDone: 0, testsTotal: null, heldBytes: {}, growths: 0, running: null });
});

test("the test that began last is the one that runs, and a test is done when it ended", () => {
  const status = statusAfter(begin(0), testBegin(), TEST_END, testBegin("t.py::b"));
  assert.equal(status.testsDone, 1);
  assert.equal(status.running, "t.py::b");
});

test("workers share the tests they collected; processes one after the other have their own", () => {
  const collected = (process: number, tests: number): RunEvent => ({ kind: "collected", process, tests, paths: null });
  const workers = [begin(0, "controller"), begin(1, "worker"), begin(2, "worker"), collected(1, 8), collected(2, 8)];
  assert.equal(statusAfter(...workers).testsTotal, 8);
  assert.equal(statusAfter(begin(0), collected(0, 3), begin(1), collected(1, 4)).testsTotal, 7);
});

test("what is held is what every open device had at its last look, in bytes of all banks", () => {
  const status = statusAfter(begin(0), begin(1), look("open", 1), look("after", 10), look("open", 100, 1, [0], 1));
  assert.deepEqual(status.heldBytes, { DRAM: 12 * 110 });
});

for (const [what, event] of [
  ["is about to be closed", look("close", 10)],
  ["has another opened on its chip", look("open", 0, 2)],
  ["belongs to a process that ended", { kind: "process-end", process: 0, exitStatus: 0, dropped: 0 }],
  ["belongs to a process that was lost", { kind: "process-lost", process: 0, refusal: null }],
] as const) {
  test(`a device that ${what} holds nothing more`, () => {
    assert.equal(statusAfter(begin(0), look("after", 10), event).heldBytes.DRAM ?? 0, 0);
  });
}

test("tests of all sessions of a process are counted", () => {
  const session = [begin(0), { kind: "collected", process: 0, tests: 2, paths: null } as const, testBegin(), TEST_END];
  const { testsTotal, testsDone } = statusAfter(...session, ...session);
  assert.deepEqual([testsTotal, testsDone], [4, 2]);
});

test("tests that failed or had an error are counted, repeats and other outcomes are not; so are messages that were dropped", () => {
  const ended = (outcome: Outcome): RunEvent => ({ ...TEST_END, outcome });
  const tests = OUTCOMES.flatMap((outcome) => [testBegin(), ended(outcome)]);
  const repeat: RunEvent = { ...testBegin(), repeat: 1 };
  const over = (dropped: number): RunEvent => ({ kind: "process-end", process: 0, exitStatus: 1, dropped });
  const events = [begin(0), ...tests, repeat, ended("failed"), over(3), begin(0), over(4)];
  assert.deepEqual(progressAfter(events).totals(), { tests: { done: 6, failed: 2, total: null }, droppedMessages: 7 });
});

test("a device on other chips stays", () => {
  assert.deepEqual(statusAfter(begin(0), look("after", 10), look("open", 5, 2, [1])).heldBytes, { DRAM: 180 });
});

test("a growth is a device that a test left fuller than it found it, counted when the test ends", () => {
  const grown = [begin(0), look("open", 5), testBegin(), look("before", 5), look("after", 9), look("after-clear", 6)];
  assert.equal(statusAfter(...grown).growths, 0);
  assert.equal(statusAfter(...grown, TEST_END).growths, 1);
  assert.equal(statusAfter(...grown, look("after-clear", 5), TEST_END).growths, 0);
});

test("a later test is not charged for what it found", () => {
  const first = [begin(0), testBegin(), look("before", 0), look("after", 6), TEST_END];
  assert.equal(statusAfter(...first, testBegin(), look("before", 6), look("after", 6), TEST_END).growths, 1);
  assert.equal(statusAfter(...first, testBegin(), TEST_END).growths, 1);
});

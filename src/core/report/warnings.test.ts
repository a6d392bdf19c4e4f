import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_RECORD, PROCESS_INFO, processRecord, UNTRACED } from "../../../fixtures/run/records.ts";
import { recordOf as recordOfScenario, Scenario } from "../../../fixtures/run/scenario.ts";
import type { ProcessRecord, RunRecord } from "../model/run-record.ts";
import type { ExposedToReplay } from "../model/trace-record.ts";
import { recordWarnings } from "./warnings.ts";

function recordOf(...changes: readonly (Partial<ProcessRecord> & { ttnn?: string | null })[]): RunRecord {
  const processes = changes.map(({ ttnn = "0.81.1", ...change }, process) => {
    return processRecord({ process, info: { ...PROCESS_INFO, ttnn }, ...change });
  });
  return { ...EMPTY_RECORD, processes };
}

test("a process that ended as it should is no reason to warn", () => {
  assert.deepEqual(recordWarnings(recordOf({})), []);
});

test("where nobody connected, the usual reasons are reported", () => {
  assert.match(recordWarnings(recordOf())[0] ?? "", /no pytest process connected.*-E and -I.*TT_MEMWATCH_\*/);
});

test("where pytest ended before anybody could connect, nothing is guessed at", () => {
  assert.deepEqual(recordWarnings(recordOf(), { isFalseStart: true }), []);
});

test("where the record was cut before anybody connected, nothing is guessed at", () => {
  assert.deepEqual(recordWarnings(recordOf(), { end: "where the recording ends" }), []);
});

test("where somebody was refused, that is the reason, and not guessed at", () => {
  assert.deepEqual(recordWarnings({ ...recordOf(), refused: ["a connection: not JSON"] }), []);
});

test("tests with a limit for the peak that ran untraced are reported", () => {
  const peaks = { total: 1_000, perType: {}, l1PerCore: null };
  const { tests } = recordOfScenario(new Scenario().test("a", {}, {}, { peaks }).test("b", {}, {}));
  const told = (trace: ProcessRecord["trace"]) => recordWarnings({ ...recordOf({ trace }), tests });
  assert.match(told(UNTRACED).join(), /^1 test with a limit for the peak ran without the tracer: /);
  assert.deepEqual(told({ ...UNTRACED, state: "live" }), []);
});

test("dropped messages, processes that stay and a missing ttnn are reported with the process", () => {
  assert.match(recordWarnings(recordOf({ dropped: 3 }))[0] ?? "", /^process 4711 dropped 3 messages/);
  assert.match(recordWarnings(recordOf({ end: "still-running" }))[0] ?? "", /^process 4711 was still running/);
  assert.match(recordWarnings(recordOf({ ttnn: null }))[0] ?? "", /^ttnn is not installed/);
});

test("a missing ttnn is reported only if no process has it", () => {
  assert.deepEqual(recordWarnings(recordOf({ ttnn: null }, {})), []);
});

test("host memory that grows with the tests is reported with the process, the tests and the largest of them", () => {
  const scenario = new Scenario();
  for (let number = 0; number < 40; number += 1) {
    scenario.begin(`t.py::t${number}`, { hostBytes: 4 * number * 1024 ** 2 });
    scenario.end(`t.py::t${number}`, "passed", 1, 4 * (number + 1) * 1024 ** 2);
  }
  assert.deepEqual(recordWarnings(recordOfScenario(scenario.bye())), [
    "host memory grew with the tests: process 100 had 40.0 MB once it had warmed up, and 160.0 MB after 30 more tests; " +
      "it grew in 30 of them, most in t.py::t10 (4.0 MB): do they keep what they make on the host, in a list, a cache or a global?",
  ]);
});

test("buffers that a replay may overwrite are reported by the line that allocated them, what met a replay first", () => {
  const exposed = (change: Partial<ExposedToReplay>): ExposedToReplay => ({
    process: 0,
    device: 0,
    openedAs: null,
    memoryType: "DRAM",
    buffers: 1,
    sizeBytes: 24_576,
    isExact: true,
    replayed: 0,
    at: { ref: { test: "t.py::a", attempt: 1 }, phase: "call", subtest: null, fixture: null },
    stack: [{ file: "/suite/t.py", line: 7, function: "a" }],
    operation: "ttnn.zeros",
    ...change,
  });
  const other = { ref: { test: "t.py::b", attempt: 1 }, phase: "call", subtest: null, fixture: null } as const;
  const cache = {
    ref: null,
    phase: "fixture",
    subtest: null,
    fixture: { name: "cache", scope: "module", baseId: "t.py" },
  } as const;
  const exposedToReplay = [
    exposed({ replayed: 1 }),
    exposed({ at: other, buffers: 2, sizeBytes: 49_152, replayed: 1 }),
    exposed({ at: cache, stack: [], operation: null, memoryType: "L1", replayed: 1 }),
    ...Array.from({ length: 6 }, (_, index) =>
      exposed({ stack: [{ file: "/suite/t.py", line: 20 + index, function: "a" }] }),
    ),
  ];
  const processes = recordOf({ trace: { ...UNTRACED, moreExposed: 3 } }).processes;
  assert.deepEqual(recordWarnings({ ...EMPTY_RECORD, processes, exposedToReplay }), [
    "a replay may overwrite 13 buffers (240.0 KB), allocated while a captured trace was live, of which 3 met a replay: " +
      "72.0 KB of DRAM in 3 buffers by ttnn.zeros at t.py:7 (t.py::a and 1 other, 2 met a replay); " +
      "24.0 KB of L1 (fixture cache, met a replay); " +
      ["20", "21", "22"].map((line) => `24.0 KB of DRAM by ttnn.zeros at t.py:${line} (t.py::a); `).join("") +
      "3 other lines, see --json FILE; 3 buffers of which nothing more was kept. " +
      "Allocate them before the capture, or free them before the replay",
  ]);
});

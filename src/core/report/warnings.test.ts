import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_RECORD, UNTRACED } from "../../../fixtures/run/records.ts";
import { recordOf as recordOfScenario, Scenario } from "../../../fixtures/run/scenario.ts";
import type { ProcessRecord, RunRecord } from "../model/run-record.ts";
import { recordWarnings } from "./warnings.ts";

function recordOf(...changes: readonly (Partial<ProcessRecord> & { ttnn?: string | null })[]): RunRecord {
  const processes = changes.map(({ ttnn = "0.81.1", ...change }, process): ProcessRecord => {
    const info = {
      pid: 4711,
      worker: null,
      role: "single",
      parent: null,
      plugin: "0.1.0",
      python: "3.12.1",
      pytest: "9.2.0",
      ttnn,
      clear: "always",
      origin: "auto",
      rootDir: "/suite",
      junitFile: null,
    } as const;
    const end = {
      end: "finished",
      refusal: null,
      exitStatus: 0,
      dropped: 0,
      runningTest: null,
      trace: UNTRACED,
      moreMemoryErrors: 0,
    } as const;
    return { process, info, sessions: [info], collected: 1, ...end, ...change };
  });
  return { ...EMPTY_RECORD, processes };
}

test("a process that ended as it should is no reason to warn", () => {
  assert.deepEqual(recordWarnings(recordOf({})), []);
});

test("where nobody connected, the usual reasons are told", () => {
  assert.match(recordWarnings(recordOf())[0] ?? "", /no pytest process connected.*-E and -I.*TT_MEMWATCH_\*/);
});

test("where pytest ended before anybody could connect, nothing is guessed at", () => {
  assert.deepEqual(recordWarnings(recordOf(), true), []);
});

test("where somebody was refused, that is the reason, and not guessed at", () => {
  assert.deepEqual(recordWarnings({ ...recordOf(), refused: ["a connection: not JSON"] }), []);
});

test("dropped messages, processes that stay and a missing ttnn are told with the process", () => {
  assert.match(recordWarnings(recordOf({ dropped: 3 }))[0] ?? "", /^process 4711 dropped 3 messages/);
  assert.match(recordWarnings(recordOf({ end: "still-running" }))[0] ?? "", /^process 4711 was still running/);
  assert.match(recordWarnings(recordOf({ ttnn: null }))[0] ?? "", /^ttnn is not installed/);
});

test("a missing ttnn is told only if no process has it", () => {
  assert.deepEqual(recordWarnings(recordOf({ ttnn: null }, {})), []);
});

test("host memory that grows with the tests is told with the process, the tests and the largest of them", () => {
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

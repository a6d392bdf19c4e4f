import type { RunEvent } from "../../src/core/model/event.ts";
import type { Moment } from "../../src/core/model/measurement.ts";
import type { TraceRecord } from "../../src/core/model/trace-record.ts";
import { RECORDS_BETWEEN_MARKS, RECORDS_OF_A_TEST, RING } from "./made-ring.ts";

const BASE = "tests/test_model.py::test_layer";

/** Who runs the tests, and where its allocations are traced to. */
export function firstEvents(tests: number): RunEvent[] {
  const versions = { plugin: "0.1.0", python: "3.12.1", pytest: "9.2.0", ttnn: "0.81.1" };
  const who = { pid: 1, worker: null, role: "single" as const, parent: null, rootDir: "/", junitFile: null };
  const info = { ...who, ...versions, clear: "growth" as const, origin: "auto" as const };
  return [
    { kind: "process-begin", process: 0, info },
    { kind: "tracing", process: 0, state: "live", reason: "", ring: RING },
    { kind: "collected", process: 0, tests, paths: null },
  ];
}

/** What follows a mark: a test begins and its devices are looked at, or they are, and it ends. */
export function eventsAt(number: number, { address: mark, context, timeNs: atNs }: TraceRecord): RunEvent[] {
  const index = Math.floor(number / RECORDS_OF_A_TEST);
  const ref = { test: `${BASE}[${index}]`, attempt: 1 };
  if (number % RECORDS_OF_A_TEST >= RECORDS_BETWEEN_MARKS) {
    const end = { outcome: "passed" as const, durationMs: 1, atNs, hostBytes: null };
    return [look("after", mark), { kind: "test-end", process: 0, ref, ...end }];
  }
  const about = { base: BASE, index, repeat: 0, warmUp: 0 };
  const limits = { limits: { total: null, perType: {} }, peaks: null, reason: null, hostBytes: null, known: null };
  const where = { number: context, group: null, phase: "call" as const, fixture: null, subtest: null, atNs };
  return [
    { kind: "test-begin", process: 0, ref, ...about, ...limits },
    look("before", mark),
    { kind: "context", process: 0, ...where },
  ];
}

/** At which nothing came or went that would be left. */
function look(moment: Moment, mark: number): RunEvent {
  const sizes = { totalBytesPerBank: 1_000_000_000, allocatedBytesPerBank: 0, largestFreeBytesPerBank: 1_000_000_000 };
  const measurement = {
    device: { key: 1, chips: [0], shape: [1, 1], parent: null },
    moment,
    fixture: null,
    usage: [{ memoryType: "DRAM" as const, banks: 12, ...sizes }],
    liveBlocks: 0,
    cacheEntries: 0,
    added: [],
    removed: [],
    trace: { mark, isStill: false, listed: [] },
  };
  return { kind: "measurement", process: 0, measurement };
}

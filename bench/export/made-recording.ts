import { closeSync, openSync, writeSync } from "node:fs";
import { TracedMemory } from "../../src/core/ledger/run/traced-memory.ts";
import type { RunEvent } from "../../src/core/model/event.ts";
import { NOTHING_KNOWN } from "../../src/core/model/known-findings.ts";
import type { RecordedRun } from "../../src/core/model/recording.ts";
import type { StackFrame } from "../../src/core/model/stack.ts";
import { defaultRules } from "../../src/in/rules/rules-file.ts";
import { ChunkedFile } from "../../src/out/recording/chunked-file.ts";
import { Recorder } from "../../src/out/recording/recorder.ts";
import { BEGIN_NS, RECORDS_OF_A_TEST, recordsOf } from "../recording/made-ring.ts";

const RUN: RecordedRun = {
  source: "run",
  command: ["pytest"],
  invocation: [],
  cwd: "/suite",
  engine: "0.1.0",
  startedAt: "2026-11-27T02:14:03.000Z",
  startedNs: BEGIN_NS,
  rules: defaultRules(),
  known: NOTHING_KNOWN,
};

const RING = { ring: 0, path: "/dev/shm/1.1.ring", pid: 1, ancestors: [] };
const FRAMES_OF_A_STACK = 5;
const STACKS = 8;

/** Writes a recording of a model's tests, each of which allocates and frees hundreds of buffers from a few lines. */
export function makeRecording(file: string, turns: number): void {
  const written = openSync(file, "w");
  const port = { isBehind: () => false, nowNs: () => BigInt(Date.now()) * 1_000_000n };
  const recorder = new Recorder(new ChunkedFile((bytes) => writeSync(written, bytes)), port);
  const memory = new TracedMemory();
  recorder.begin(RUN);
  recorder.ring(RING);
  recorder.stacks(0, stacks());
  recordsOf(turns)((record, number) => {
    if (number % RECORDS_OF_A_TEST === 0) for (const event of testEvents(number, record.timeNs)) recorder.event(event);
    recorder.record(0, record);
    memory.record(record);
    if (recorder.isCheckpointDue) recorder.checkpoint(new Map([[0, memory.births()]]));
  });
  recorder.end({ commandExitCode: 0, durationMs: 0, warnings: [], allocations: null, rings: [], statements: [] });
  closeSync(written);
}

function stacks(): Map<number, StackFrame[]> {
  const frame = (line: number): StackFrame => ({ file: "/suite/models/layer.py", line, function: `forward_${line}` });
  const stack = (number: number) =>
    Array.from({ length: FRAMES_OF_A_STACK }, (_, depth) => frame(number * 100 + depth));
  return new Map(Array.from({ length: STACKS }, (_, number) => [number, stack(number)]));
}

/** A test ends and the next one begins. */
function testEvents(number: number, atNs: number): RunEvent[] {
  const process = 0;
  const ref = { test: `tests/test_model.py::test_layer[${number}]`, attempt: 1 };
  const about = { base: "tests/test_model.py::test_layer", index: number, repeat: 0, warmUp: 0 };
  const limits = { limits: { total: null, perType: {} }, peaks: null, reason: null, hostBytes: null, known: null };
  const context = {
    number: number / RECORDS_OF_A_TEST,
    group: null,
    phase: "call" as const,
    fixture: null,
    subtest: null,
  };
  return [
    ...(number === 0 ? BEGINNING : []),
    { kind: "test-end", process, ref, outcome: "passed", durationMs: 1, atNs, hostBytes: null },
    { kind: "test-begin", process, ref, ...about, ...limits },
    { kind: "context", process, ...context, atNs },
  ];
}

const INFO = { plugin: "0.1.0", pid: 1, worker: null, role: "single", parent: null, python: "3.12.1" } as const;
const MODES = { pytest: "9.2.0", ttnn: "0.81.1", clear: "growth", origin: "auto" } as const;
const BEGINNING: readonly RunEvent[] = [
  { kind: "process-begin", process: 0, info: { ...INFO, ...MODES, rootDir: "/suite", junitFile: null } },
  { kind: "tracing", process: 0, state: "live", reason: "", ring: RING.path },
];

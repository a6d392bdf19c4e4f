import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessTraceReport, TraceReport } from "../../core/model/trace-report.ts";
import { traceText } from "./trace-text.ts";

const ORIGIN = { operation: null, file: "demo.py", line: 3, function: "load", testLine: null };

function processTrace(change: Partial<ProcessTraceReport> = {}): ProcessTraceReport {
  return { pid: 7, records: 12, lost: 0, peaks: [], neverFreed: [], outOfMemory: [], ...change };
}

function textOf(change: Partial<TraceReport>): string {
  const facts = { command: ["python", "demo.py"], engine: "0.1.0", commandExitCode: 0, durationMs: 1200 };
  return traceText({ ...facts, processes: [], warnings: [], ...change });
}

test("what was never freed is told by its line and size, and the most each memory held", () => {
  const neverFreed = [{ device: 1, memoryType: "DRAM", buffers: 2, sizeBytes: 49_152, origin: ORIGIN } as const];
  const peaks = [{ device: 1, memoryType: "DRAM", peakBytes: 1_048_576 } as const];
  assert.equal(
    textOf({ processes: [processTrace({ neverFreed, peaks })] }),
    `tt-memwatch trace: python demo.py   exited with 0 after 1.2 s

process 7: 12 events; never freed: 2 buffers
  48.0 KB DRAM on device 1 in 2 buffers, allocated at demo.py:3 in load
  at most 1.0 MB DRAM on device 1
`,
  );
});

test("where everything was freed, that is said; so is what was lost", () => {
  assert.match(
    textOf({ processes: [processTrace({ lost: 1 })] }),
    /12 events, 1 event overwritten .*; everything was freed/,
  );
});

test("a line that is not known is no line", () => {
  const neverFreed = [{ device: 1, memoryType: "L1", buffers: 1, sizeBytes: 1, origin: null } as const];
  assert.match(
    textOf({ processes: [processTrace({ neverFreed })] }),
    /1 B L1 on device 1 in 1 buffer, from a line that is not known/,
  );
});

for (const [amount, rest] of [
  [20, null],
  [21, "and from 1 other line"],
  [23, "and from 3 other lines"],
] as const) {
  test(`of ${amount} lines, ${rest === null ? "all are listed" : `20 are listed: ${rest}`}`, () => {
    const neverFreed = Array.from({ length: amount }, (_, line) => {
      return { device: 1, memoryType: "DRAM", buffers: 1, sizeBytes: 1, origin: { ...ORIGIN, line } } as const;
    });
    const text = textOf({ processes: [processTrace({ neverFreed })] });
    assert.equal(text.match(/allocated at/g)?.length, 20);
    assert.equal(/and from .* lines?/.exec(text)?.[0] ?? null, rest);
  });
}

test("memory that ran out is told with the line that asked and how much was live there", () => {
  const moment = { pid: 7, test: null, device: 1, memoryType: "L1", requestedBytes: 2048, origin: ORIGIN } as const;
  const outOfMemory = [
    { ...moment, liveBytesPerBank: 1024, live: [] },
    { ...moment, liveBytesPerBank: 0, live: [] },
  ];
  const text = textOf({ processes: [processTrace({ outOfMemory })] });
  assert.match(text, /could not allocate 2\.0 KB of L1 on device 1 at demo\.py:3; 1\.0 KB were live there/);
  assert.match(text, /at demo\.py:3; nothing else was live there/);
});

test("warnings and names are safe to print", () => {
  const text = textOf({ command: ["a\u001b[31m"], warnings: ["x\u0007y"] });
  assert.ok(![...text].some((character) => character < " " && character !== "\n"), JSON.stringify(text));
});

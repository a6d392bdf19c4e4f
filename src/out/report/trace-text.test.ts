import assert from "node:assert/strict";
import { test } from "node:test";
import { outOfMemoryReport, ownerShare } from "../../../fixtures/report/shortages.ts";
import type { NeverFreed, ProcessTraceReport, TraceReport } from "../../core/model/trace-report.ts";
import { traceText } from "./trace-text.ts";

const ORIGIN = { operation: null, file: "demo.py", line: 3, function: "load", testLine: null };

function processTrace(change: Partial<ProcessTraceReport> = {}): ProcessTraceReport {
  return { pid: 7, records: 12, lost: 0, peaks: [], neverFreed: [], outOfMemory: [], ...change };
}

function kept(change: Partial<NeverFreed> = {}): NeverFreed {
  const size = { sizeBytes: 1, isExact: true, requestedBytes: 1 };
  return { device: 1, openedAs: null, memoryType: "DRAM", buffers: 1, ...size, origin: ORIGIN, ...change };
}

function textOf(change: Partial<TraceReport>): string {
  const facts = { command: ["python", "demo.py"], engine: "0.1.0", commandExitCode: 0, durationMs: 1200 };
  return traceText({ ...facts, processes: [], warnings: [], ...change });
}

test("what was never freed is reported by its line and size, and the most each memory held", () => {
  const neverFreed = [kept({ buffers: 2, sizeBytes: 49_152, requestedBytes: 16_384 })];
  const peaks = [{ device: 1, openedAs: null, memoryType: "DRAM", peakBytes: 1_048_576, isExact: true } as const];
  assert.equal(
    textOf({ processes: [processTrace({ neverFreed, peaks })] }),
    `tt-memwatch trace: python demo.py   exited with 0 after 1.2 s

process 7: 12 events; never freed: 2 buffers
  48.0 KB DRAM (asked for: 16.0 KB) on device 1 in 2 buffers, allocated at demo.py:3 in load
  at most 1.0 MB DRAM on device 1
`,
  );
});

test("where nothing was traced, it is not said that it was freed", () => {
  const processes = [processTrace({ records: 0 })];
  assert.match(textOf({ processes }), /^process 7: 0 events; nothing was allocated$/m);
  assert.match(textOf({ processes, commandExitCode: null }), /^process 7: 0 events; nothing had happened yet$/m);
});

test("a report that ends before the program did says of what is live that it was not freed yet", () => {
  const processes = [processTrace({ neverFreed: [kept()] })];
  assert.match(textOf({ processes, commandExitCode: null }), /12 events; not freed yet: 1 buffer$/m);
});

test("where everything was freed, that is said; so is what was lost", () => {
  assert.match(
    textOf({ processes: [processTrace({ lost: 1 })] }),
    /12 events, 1 event overwritten .*; everything was freed/,
  );
});

test("a line that is not known is not a line", () => {
  const neverFreed = [kept({ memoryType: "L1", origin: null })];
  assert.match(
    textOf({ processes: [processTrace({ neverFreed })] }),
    /1 B L1 on device 1 in 1 buffer, from an unknown line/,
  );
});

for (const [openedAs, words] of [
  [9, "a device of unknown chip (opened as 9)"],
  [-1, "an unknown device"],
] as const) {
  test(`where the chip is not known, nor its banks, it is ${words}, and the sizes are those asked for`, () => {
    const number = { device: openedAs, openedAs, memoryType: "DRAM", isExact: false } as const;
    const neverFreed = [kept({ ...number, sizeBytes: 8192, requestedBytes: 8192 })];
    const text = textOf({ processes: [processTrace({ neverFreed, peaks: [{ ...number, peakBytes: 16_384 }] })] });
    assert.ok(text.includes(`  8.0 KB DRAM (as asked for) on ${words} in 1 buffer, allocated at`), text);
    assert.ok(text.includes(`  at most 16.0 KB DRAM (as asked for) on ${words}\n`), text);
  });
}

for (const [amount, rest] of [
  [20, null],
  [21, "and from 1 other line"],
  [23, "and from 3 other lines"],
] as const) {
  test(`of ${amount} lines, ${rest === null ? "all are listed" : `20 are listed: ${rest}`}`, () => {
    const neverFreed = Array.from({ length: amount }, (_, line) => {
      return kept({ origin: { ...ORIGIN, line } });
    });
    const text = textOf({ processes: [processTrace({ neverFreed })] });
    assert.equal(text.match(/allocated at/g)?.length, 20);
    assert.equal(/and from .* lines?/.exec(text)?.[0] ?? null, rest);
  });
}

test("memory that ran out is reported with the line that asked and how much was live there", () => {
  const size = { sizeBytes: 4096, isExact: true, requestedBytes: 2048 };
  const moment = { ...outOfMemoryReport({ device: 1, ...size, origin: ORIGIN }), test: null, live: [] };
  const owners = [ownerShare({ test: null, origin: ORIGIN, testsAgo: null, bytesPerBank: 1024 })];
  const text = textOf({
    processes: [processTrace({ outOfMemory: [{ ...moment, owners, liveBytesPerBank: 1024 }, moment] })],
  });
  assert.ok(
    text.includes(`
  out of memory: the program could not allocate 4.0 KB of L1 (asked for: 2.0 KB) on device 1 at demo.py:3
    Live in each bank: 1.0 KB
      1.0 KB in 1 buffer, 1.4 s before: demo.py:3
  out of memory: the program could not allocate 4.0 KB of L1 (asked for: 2.0 KB) on device 1 at demo.py:3
    Nothing else was live there.
`),
    text,
  );
});

test("warnings and names are safe to print", () => {
  const text = textOf({ command: ["a\u001b[31m"], warnings: ["x\u0007y"] });
  assert.ok(![...text].some((character) => character < " " && character !== "\n"), JSON.stringify(text));
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Deed, END, RUN, recordingOf, ringOf } from "../../../fixtures/recording/recorded.ts";
import { traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import { Scenario } from "../../../fixtures/run/scenario.ts";
import type { RunEvent } from "../../core/model/event.ts";
import { Faults } from "../faults.ts";
import { parseUntil } from "../replay/until.ts";
import { recordedFrames } from "./recorded-frames.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-frames-"));
after(() => rmSync(home, { recursive: true }));

const FILE = join(home, "run.mcap");

/** `ms` after the beginning, on the clock of records and events. */
const ns = (ms: number): number => (RUN.startedNs ?? 0) + ms * 1_000_000;

const ended = (name: string, ms: number): RunEvent => {
  const about = { outcome: "passed" as const, durationMs: 50, hostBytes: null };
  return { kind: "test-end", process: 0, ref: { test: name, attempt: 1 }, atNs: ns(ms), ...about };
};

const allocation = (ms: number) => traceRecord({ buffer: ms, address: ms * 64, timeNs: ns(ms) });

/** Two tests that end after 100 and 200 ms. The ring had already been read further when the first one's end was heard. */
function readAhead(): Deed[] {
  const { path, ...ring } = ringOf(0);
  const events = (...all: readonly (RunEvent | undefined)[]): Deed[] =>
    all.flatMap((event) => (event === undefined ? [] : [{ kind: "event" as const, event }]));
  const tracing = { kind: "tracing", process: 0, state: "live", reason: "", ring: path } as const;
  return [
    { kind: "ring", ring: { path, ...ring } },
    ...events(...new Scenario().begin("a").events(), tracing),
    { kind: "records", ring: 0, records: [allocation(50), allocation(120), allocation(180)] },
    ...events(ended("a", 100), new Scenario().begin("b").events()[1], ended("b", 200)),
  ];
}

function frameAt(at: string | null) {
  writeFileSync(FILE, recordingOf(readAhead(), END));
  const faults = new Faults(process.stderr);
  const io = { env: {}, cwd: home, stdout: process.stdout, stderr: process.stderr, faults };
  const recorded = recordedFrames(FILE, at === null ? null : parseUntil("top: --at", at), io);
  assert.equal(faults.count, 0);
  const { snapshot, ended } = recorded.frames[recorded.at] ?? assert.fail("no such frame");
  const { atMs, buffers, processes, state } = snapshot;
  return { frames: recorded.frames.length, at: recorded.at, ended, atMs, buffers, processes: processes.length, state };
}

for (const [at, wanted] of [
  ["a", { frames: 3, at: 0, ended: 1, atMs: 100, buffers: 1, processes: 1, state: "running" }],
  ["b", { frames: 3, at: 1, ended: 2, atMs: 200, buffers: 3, processes: 1, state: "running" }],
  ["0s", { frames: 4, at: 0, ended: 0, atMs: 0, buffers: 0, processes: 0, state: "running" }],
  ["50ms", { frames: 4, at: 0, ended: 0, atMs: 50, buffers: 1, processes: 1, state: "running" }],
  ["150ms", { frames: 4, at: 1, ended: 1, atMs: 150, buffers: 2, processes: 1, state: "running" }],
  [null, { frames: 3, at: 2, ended: 2, atMs: 2_500, buffers: 3, processes: 1, state: "ended" }],
] as const) {
  test(`at ${at ?? "the end"} it shows what was live then, however far the ring had been read`, () => {
    assert.deepEqual(frameAt(at), wanted);
  });
}

test("a moment that is not in the recording is refused", () => {
  assert.throws(() => frameAt("3s"), { name: "UsageError", message: /^top: --at 3s: the recording ends before that/ });
});

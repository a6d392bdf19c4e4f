import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Deed, END, RUN, recordingOf, ringOf } from "../../../fixtures/recording/recorded.ts";
import { traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import { Scenario } from "../../../fixtures/run/scenario.ts";
import type { RunEvent } from "../../core/model/event.ts";
import { Faults } from "../own-faults.ts";
import { parseUntil } from "../replay/until.ts";
import { RecordingPlayer } from "./recording-player.ts";

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

const FAULTS = new Faults(process.stderr);
const IO = { env: {}, cwd: home, stdout: process.stdout, stderr: process.stderr, faults: FAULTS };

function opened(bytes: Uint8Array, at: string | null): RecordingPlayer {
  writeFileSync(FILE, bytes);
  return RecordingPlayer.open(FILE, at === null ? null : parseUntil("top: --at", at), IO);
}

async function read(bytes: Uint8Array, at: string | null): Promise<RecordingPlayer> {
  const player = opened(bytes, at);
  await player.read(new AbortController().signal);
  assert.equal(FAULTS.count, 0);
  return player;
}

async function frameAt(at: string | null) {
  const player = await read(recordingOf(readAhead(), END), at);
  const { frames, frame } = player.data().position ?? assert.fail("a recording has a position");
  const { atMs, buffers, processes, state, tests } = player.snapshot;
  return { frames, at: frame - 1, ended: tests?.done, atMs, buffers, processes: processes.length, state };
}

for (const [at, wanted] of [
  ["a", { frames: 3, at: 0, ended: 1, atMs: 100, buffers: 1, processes: 1, state: "running" }],
  ["b", { frames: 3, at: 1, ended: 2, atMs: 200, buffers: 3, processes: 1, state: "running" }],
  ["0s", { frames: 4, at: 0, ended: 0, atMs: 0, buffers: 0, processes: 0, state: "running" }],
  ["50ms", { frames: 4, at: 0, ended: 0, atMs: 50, buffers: 1, processes: 1, state: "running" }],
  ["150ms", { frames: 4, at: 1, ended: 1, atMs: 150, buffers: 2, processes: 1, state: "running" }],
  [null, { frames: 3, at: 2, ended: 2, atMs: 2_500, buffers: 3, processes: 1, state: "ended" }],
] as const) {
  test(`at ${at ?? "the end"} it shows what was live then, however far the ring had been read`, async () => {
    assert.deepEqual(await frameAt(at), wanted);
  });
}

test("a moment that is not in the recording is refused", async () => {
  await assert.rejects(frameAt("3s"), { name: "UsageError", message: /^top: --at 3s: the recording ends before that/ });
});

const { rules: _rules, known: _known, ...ABOUT } = RUN;

/** A traced program that allocates 200 buffers, and then one in each of 300 blocks, which were written 2 ms apart. */
function tracedProgram(): Buffer {
  const first = Array.from({ length: 200 }, (_, index) => allocation(index + 1));
  const blocks = Array.from({ length: 300 }, (_, index): Deed[] => [
    { kind: "records", ring: 0, records: [...(index === 0 ? first : []), allocation(index + 201)] },
    { kind: "flush" },
  ]);
  const stacks = new Map([[1, [{ file: "/suite/demo.py", line: 3, function: "main" }]]]);
  const deeds: Deed[] = [{ kind: "ring", ring: ringOf(0) }, ...blocks.flat(), { kind: "stacks", ring: 0, stacks }];
  return recordingOf(deeds, END, { ...ABOUT, source: "trace" });
}

test("a recorded program is shown from time to time, and at its end", async () => {
  const player = await read(tracedProgram(), null);
  const told = player.snapshots.map(({ state, atMs, buffers }) => ({ state, atMs, buffers }));
  assert.deepEqual(told.at(-1), { state: "ended", atMs: 2_500, buffers: 500 });
  const [first, second] = told;
  assert.ok(first !== undefined && second !== undefined && told.length === 3);
  assert.ok(second.atMs - first.atMs >= 100 && second.buffers >= 2 * first.buffers);
  assert.deepEqual([first.state, player.snapshot.causes.reason], ["running", "a program without tests is not judged"]);
});

test("at a time of a recorded program it shows what was live then", async () => {
  const player = await read(tracedProgram(), "120ms");
  const { state, atMs, buffers } = player.snapshot;
  assert.deepEqual({ state, atMs, buffers }, { state: "running", atMs: 120, buffers: 120 });
  assert.throws(() => opened(tracedProgram(), "t.py::a"), /does not say when tests end; name a time/);
});

test("before it was read, a recording is shown by its index, at the moment that was asked for", async () => {
  const seen = async (bytes: Uint8Array, at: string | null) => {
    const player = opened(bytes, at);
    await player.outline();
    const { atMs, buffers, causes } = player.snapshot;
    const { readPart } = player.data().position ?? {};
    return { atMs, buffers, readPart, reason: causes.reason };
  };
  const unread = { readPart: 0, reason: "the recording is still being read" };
  assert.deepEqual(await seen(recordingOf(readAhead()), null), { atMs: 2_500, buffers: 3, ...unread });
  assert.deepEqual(await seen(recordingOf(readAhead()), "a"), { atMs: 100, buffers: 1, ...unread });
  assert.deepEqual(await seen(tracedProgram(), "120ms"), { atMs: 120, buffers: 120, ...unread });
  assert.deepEqual(await seen(recordingOf(readAhead(), null), null), { atMs: 0, buffers: 0, ...unread });
});

test("who quits meanwhile ends the reading", async () => {
  const player = opened(tracedProgram(), null);
  const stopping = new AbortController();
  const reading = player.read(stopping.signal);
  stopping.abort();
  await assert.rejects(reading, { name: "AbortError" });
  assert.equal(player.isRead, false);
});

test("a run with much that stays is not looked through at each end of its many tests", async () => {
  const { path, ...ring } = ringOf(0);
  const tracing = { kind: "tracing", process: 0, state: "live", reason: "", ring: path } as const;
  const [begin, first] = new Scenario().begin("t0").events();
  const names = Array.from({ length: 100 }, (_, index) => `t${index}`);
  const tests = names.flatMap((name, index) => [new Scenario().begin(name).events()[1], ended(name, 100 + index)]);
  const events = [begin, tracing, first, ...tests].flatMap((event) => (event === undefined ? [] : [event]));
  const records = Array.from({ length: 40_000 }, (_, index) => allocation(index + 1));
  const [before, after] = [events.slice(0, 3), events.slice(3)];
  const player = await read(
    recordingOf([
      { kind: "ring", ring: { path, ...ring } },
      ...before.map((event) => ({ kind: "event" as const, event })),
      { kind: "records", ring: 0, records },
      ...after.map((event) => ({ kind: "event" as const, event })),
    ]),
    null,
  );
  assert.equal(player.snapshot.buffers, 40_000);
  // 2,000,000 buffers, and two more for each that was allocated, and the end.
  assert.equal(player.snapshots.length, 52 + 1);
});

/**
 * What recording takes beside booking what is recorded, and what reading it again takes: microseconds a ring record, and bytes;
 * and how long it takes to find a place in it. Arms take turns in one process.
 *
 * Usage: node bench/recording/run.ts [--records 10000000] [--rounds 3]
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import { TracedMemory } from "../../src/core/ledger/run/traced-memory.ts";
import { NOTHING_KNOWN } from "../../src/core/model/known-findings.ts";
import type { RecordedRun } from "../../src/core/model/recording.ts";
import type { TraceRecord } from "../../src/core/model/trace-record.ts";
import { RecordingPlaces } from "../../src/in/recording/recording-places.ts";
import { defaultRules } from "../../src/in/rules/rules-file.ts";
import { ChunkedFile } from "../../src/out/recording/chunked-file.ts";
import { Recorder } from "../../src/out/recording/recorder.ts";
import { type Figure, median, writeFigures } from "../goals/figures.ts";
import { eventsAt, firstEvents } from "./made-events.ts";
import { BEGIN_NS, RECORDS_OF_A_TEST, RING, RING_RECORDS, recordsOf, timeAt } from "./made-ring.ts";

/** At which it is asked what was live, and one. */
const PLACES = 20;

const PYTHON = ".venv/ttnn-0.81.1/bin/python";

const RUN: RecordedRun = {
  source: "run",
  command: ["pytest"],
  invocation: [],
  cwd: "/",
  engine: "0.1.0",
  startedAt: "2026-11-27T02:14:03.000Z",
  startedNs: BEGIN_NS,
  rules: defaultRules(),
  known: NOTHING_KNOWN,
};

const { values } = parseArgs({
  options: { records: { type: "string", default: "10000000" }, rounds: { type: "string", default: "3" } },
});
const turns = Math.max(1, Math.round(Number(values.records) / RING_RECORDS));
const records = turns * RING_RECORDS;
const folder = mkdtempSync(path.join(tmpdir(), "bench-recording-"));
const file = path.join(folder, "run.mcap");
const eachRecord = recordsOf(turns);

/** Microseconds of processors that `work` takes for a record. */
function usOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / records;
}

/** A mark is claimed, as by the measurement that it was put in for. */
function book(memory: TracedMemory, record: TraceRecord): void {
  memory.record(record);
  if (record.kind === "mark") memory.claim(record.address);
}

function ingest(): void {
  const memory = new TracedMemory();
  eachRecord((record) => book(memory, record));
}

function ingestAndRecord(): void {
  const memory = new TracedMemory();
  const written = openSync(file, "w");
  const port = { isBehind: () => false, nowNs: () => BigInt(Date.now()) * 1_000_000n };
  const recorder = new Recorder(new ChunkedFile((bytes) => writeSync(written, bytes)), port);
  recorder.begin(RUN);
  recorder.ring({ ring: 0, path: RING, pid: 1, ancestors: [] });
  for (const event of firstEvents(Math.floor(records / RECORDS_OF_A_TEST))) recorder.event(event);
  eachRecord((record, number) => {
    recorder.record(0, record);
    book(memory, record);
    if (record.kind === "mark") for (const event of eventsAt(number, record)) recorder.event(event);
    if (recorder.isCheckpointDue) recorder.checkpoint(new Map([[0, memory.births()]]));
  });
  const rings = [{ ring: 0, pid: 1, records, lost: 0 }];
  recorder.end({ commandExitCode: 0, durationMs: 0, warnings: [], allocations: null, rings, statements: [] });
  closeSync(written);
}

function msSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Milliseconds of processors until a recording is open, and then until it is known what was live at places all over it, the slowest of them. */
async function msToFind(): Promise<{ readonly openMs: number; readonly slowestMs: number }> {
  const begun = process.cpuUsage();
  using places = await RecordingPlaces.open(file);
  const openMs = msSince(begun);
  let slowestMs = 0;
  for (let place = 1; place < PLACES; place += 1) {
    const before = process.cpuUsage();
    const { births } = places.liveAt(timeAt(turns, place / PLACES));
    if (births.get(0) === undefined) throw new Error("nothing was live");
    slowestMs = Math.max(slowestMs, msSince(before));
  }
  return { openMs, slowestMs };
}

function replay(): number {
  const { stdout } = spawnSync(process.execPath, [path.join(import.meta.dirname, "replay.ts"), file]);
  const replayed = z.object({ records: z.number(), us: z.number() }).parse(JSON.parse(stdout.toString()));
  if (replayed.records !== records) throw new Error(`${replayed.records} of ${records} records`);
  return replayed.us;
}

/** Bytes a record that the tracer makes of a model's operations on the mock device; null: it could not be recorded. */
function bytesOfModel(): number | null {
  const program = "bin/tt-memwatch";
  const model = [PYTHON, path.join(import.meta.dirname, "model.py"), "2000"];
  spawnSync(program, ["mock", "--", program, "trace", "--record", file, "--", ...model], { stdio: "ignore" });
  const { status, stdout } = spawnSync(program, ["inspect", "--json", file], { encoding: "utf8" });
  if (status !== 0) return null;
  const found = z.object({ records: z.number(), sizeBytes: z.number() }).parse(JSON.parse(stdout));
  return found.records === 0 ? null : found.sizeBytes / found.records;
}

const times: Record<string, number[]> = { ingest: [], record: [], replay: [] };
const [openMs, slowestMs]: [number[], number[]] = [[], []];
let bytesARecord = 0;
let modelBytes: number | null = null;
try {
  for (let round = 0; round < Number(values.rounds); round += 1) {
    times.ingest?.push(usOf(ingest));
    times.record?.push(usOf(ingestAndRecord));
    times.replay?.push(replay());
    const found = await msToFind();
    openMs.push(found.openMs);
    slowestMs.push(found.slowestMs);
    bytesARecord = statSync(file).size / records;
  }
  modelBytes = bytesOfModel();
} finally {
  rmSync(folder, { recursive: true });
}

const [ingestUs = 0, recordUs = 0, replayUs = 0] = Object.values(times).map(median);
const arms = {
  "us to book a record": ingestUs,
  "us to book and record it": recordUs,
  "us to read and book it again": replayUs,
};
const figures: readonly Figure[] = [
  {
    item: 17,
    name: "recording: time that a ring record takes beside booking it",
    arms,
    value: recordUs - ingestUs,
    goal: 0.5,
    unit: " us",
    before: null,
    note: `${(recordUs / ingestUs).toFixed(1)} x booking alone`,
  },
  {
    item: 17,
    name: "recording: time to read a ring record and book it again",
    arms,
    value: replayUs,
    goal: 0.5,
    unit: " us",
    before: null,
    note: `${(replayUs / ingestUs).toFixed(1)} x booking alone`,
  },
  {
    item: 17,
    name: "recording: a ring record of a model's operations in the file",
    arms: { "bytes where sizes and addresses are random": bytesARecord },
    value: modelBytes,
    goal: 5,
    unit: " bytes",
    before: null,
    note: "traced on the mock device, ttnn 0.81.1",
  },
  {
    item: 17,
    name: `recording: time to open one of ${(records / 1e6).toFixed(1)} M records`,
    arms: {},
    value: median(openMs),
    goal: 500,
    unit: " ms",
    before: null,
    note: "its index has all tests",
  },
  {
    item: 17,
    name: "recording: time to find what was live at a place in it",
    arms: {},
    value: median(slowestMs),
    goal: 200,
    unit: " ms",
    before: null,
    note: `the slowest of ${PLACES - 1} places`,
  },
];
process.stdout.write(`${writeFigures("recording", figures)}\n${JSON.stringify(figures, null, 2)}\n`);

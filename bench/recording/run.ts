/**
 * What recording takes beside booking what is recorded, and what reading it again takes: microseconds a ring record, and bytes.
 * Records are those of tests that allocate and free on one device, as an allocator that reuses its addresses gives them; arms
 * take turns in one process.
 *
 * Usage: node bench/recording/run.ts [--records 4000000] [--rounds 3]
 */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { TracedMemory } from "../../src/core/ledger/run/traced-memory.ts";
import { NOTHING_KNOWN } from "../../src/core/model/known-findings.ts";
import type { RecordedRun } from "../../src/core/model/recording.ts";
import { RecordingReader } from "../../src/in/recording/recording-reader.ts";
import { RECORD, RECORD_BYTES } from "../../src/in/regions/ring-layout.ts";
import { RingRecord } from "../../src/in/regions/ring-record.ts";
import { defaultRules } from "../../src/in/rules/rules-file.ts";
import { ChunkedFile } from "../../src/out/recording/chunked-file.ts";
import { Recorder } from "../../src/out/recording/recorder.ts";
import { type Figure, median, writeFigures } from "../goals/figures.ts";

/** As a ring has it, and as often as the numbers of records need it. */
const RING_RECORDS = 131_072;
const RECORDS_OF_A_TEST = 600;
const LIVE_MAX = 40;
/** Different addresses of buffers on the host, which are used again. */
const BUFFERS = 4_096;

const RUN: RecordedRun = {
  source: "run",
  command: ["pytest"],
  invocation: [],
  cwd: "/",
  engine: "0.1.0",
  startedAt: "2026-11-27T02:14:03.000Z",
  startedNs: 9e14,
  rules: defaultRules(),
  known: NOTHING_KNOWN,
};

/** A small generator with a period far beyond what is used (Lehmer). */
function makeRandom(): (end: number) => number {
  let state = 42;
  return (end) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % end;
  };
}

/** Allocations and frees that follow one another, so that what is live at the end is what was live at the beginning. */
function makeRing(): Buffer {
  const bytes = Buffer.alloc(RING_RECORDS * RECORD_BYTES);
  const random = makeRandom();
  const live: { slot: number; tiles: number; buffer: number }[] = [];
  const free = Array.from({ length: LIVE_MAX + 1 }, (_, index) => LIVE_MAX - index);
  let timeNs = 9e14;
  for (let index = 0; index < RING_RECORDS; index += 1) {
    timeNs += 700 + random(4_000);
    const left = RING_RECORDS - index;
    const isFree = live.length > 0 && (live.length >= Math.min(LIVE_MAX, left) || random(2) === 0);
    const taken = isFree ? live.splice(random(live.length), 1)[0] : undefined;
    const one = taken ?? {
      slot: free.pop() ?? 0,
      tiles: 1 + random(16),
      buffer: 0x7f00_0000_0000 + random(BUFFERS) * 64,
    };
    if (taken === undefined) live.push(one);
    else free.push(taken.slot);
    write(bytes, index, { ...one, timeNs, isFree });
  }
  return bytes;
}

interface Happening {
  readonly slot: number;
  readonly tiles: number;
  readonly buffer: number;
  readonly timeNs: number;
  readonly isFree: boolean;
}

function write(bytes: Buffer, index: number, { slot, tiles, buffer, timeNs, isFree }: Happening): void {
  const at = index * RECORD_BYTES;
  const long = (field: number, value: number) => bytes.writeBigUInt64LE(BigInt(value), at + field);
  long(RECORD.timeNs, timeNs);
  long(RECORD.address, 0x20_0000 + slot * 65_536);
  long(RECORD.sizeBytes, isFree ? 0 : tiles * 2048 * 12);
  long(RECORD.bytesPerBank, isFree ? 0 : tiles * 2048);
  long(RECORD.buffer, buffer);
  long(RECORD.allocator, 0x7f00_1234_0010);
  bytes.writeUInt32LE(4711, at + RECORD.thread);
  bytes.writeUInt32LE(Math.floor(index / RECORDS_OF_A_TEST), at + RECORD.context);
  bytes.writeUInt32LE(isFree ? 0 : 1 + (tiles % 7), at + RECORD.stack);
  bytes.writeUInt32LE(tiles % 3, at + RECORD.operation);
  bytes[at + RECORD.kind] = isFree ? 2 : 1;
  bytes.writeUInt16LE(isFree ? 0 : 1, at + RECORD.firstChip);
  bytes.writeUInt16LE(isFree ? 0 : 12, at + RECORD.banks);
  bytes.writeUInt16LE(isFree ? 0 : 32, at + RECORD.unitBytes);
}

const { values } = parseArgs({
  options: { records: { type: "string", default: "4000000" }, rounds: { type: "string", default: "3" } },
});
const turns = Math.max(1, Math.round(Number(values.records) / RING_RECORDS));
const records = turns * RING_RECORDS;
const folder = mkdtempSync(path.join(tmpdir(), "bench-recording-"));
const file = path.join(folder, "run.mcap");
const ring = makeRing();

/** Microseconds of processors that `work` takes for a record. */
function usOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / records;
}

function eachRecord(take: (record: RingRecord) => void): void {
  const record = new RingRecord(ring);
  for (let turn = 0; turn < turns; turn += 1) {
    for (let index = 0; index < RING_RECORDS; index += 1) {
      record.offset = index * RECORD_BYTES;
      take(record);
    }
  }
}

function ingest(): void {
  const memory = new TracedMemory();
  eachRecord((record) => memory.record(record));
}

function ingestAndRecord(): void {
  const memory = new TracedMemory();
  const written = openSync(file, "w");
  const port = { isBehind: () => false, nowNs: () => BigInt(Date.now()) * 1_000_000n };
  const recorder = new Recorder(new ChunkedFile((bytes) => writeSync(written, bytes)), port);
  recorder.begin(RUN);
  recorder.ring({ ring: 0, path: "/dev/shm/1.1.ring", pid: 1, ancestors: [] });
  eachRecord((record) => {
    recorder.record(0, record);
    memory.record(record);
  });
  recorder.end({ commandExitCode: 0, durationMs: 0, warnings: [], allocations: null, rings: [], statements: [] });
  closeSync(written);
}

function replay(): void {
  const memory = new TracedMemory();
  using reader = RecordingReader.open(file);
  let replayed = 0;
  for (const step of reader.steps()) {
    if (step.kind !== "records") continue;
    for (let index = 0; index < step.count; index += 1) memory.record(step.next());
    replayed += step.count;
  }
  if (replayed !== records || reader.problem !== null) throw new Error(`${replayed} of ${records}: ${reader.problem}`);
}

const times: Record<string, number[]> = { ingest: [], record: [], replay: [] };
let bytesARecord = 0;
try {
  for (let round = 0; round < Number(values.rounds); round += 1) {
    times.ingest?.push(usOf(ingest));
    times.record?.push(usOf(ingestAndRecord));
    times.replay?.push(usOf(replay));
    bytesARecord = statSync(file).size / records;
  }
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
    name: "recording: a ring record in the file",
    arms: {},
    value: bytesARecord,
    goal: 5,
    unit: " bytes",
    before: null,
    note: "",
  },
];
process.stdout.write(`${writeFigures("recording", figures)}\n${JSON.stringify(figures, null, 2)}\n`);

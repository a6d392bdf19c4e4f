import { closeSync, openSync, writeSync } from "node:fs";
import { traceRecord } from "../../fixtures/ring/ring-writer.ts";
import { NOTHING_KNOWN } from "../../src/core/model/known-findings.ts";
import type { TraceRecord } from "../../src/core/model/trace-record.ts";
import { LiveBirths } from "../../src/in/recording/live-births.ts";
import { defaultRules } from "../../src/in/rules/rules-file.ts";
import { ChunkedFile } from "../../src/out/recording/chunked-file.ts";
import { Recorder } from "../../src/out/recording/recorder.ts";
import { eventsAt, firstEvents } from "../recording/made-events.ts";
import { BEGIN_NS, RECORDS_OF_A_TEST, RING, RING_RECORDS, recordsOf } from "../recording/made-ring.ts";

/** Above the addresses that the tests use, and buffers on the host that they do not have. */
const FIRST_ADDRESS = 0x1000_0000;
const FIRST_BUFFER = 0x6f00_0000_0000;
const NS_PER_MS = 1e6;

/** Writes a recording of so many records of tests, with as many buffers live from its beginning to its end. Gives its records. */
export function writeRecording(file: string, wantedRecords: number, live: number): number {
  const turns = Math.max(1, Math.round(wantedRecords / RING_RECORDS));
  const records = live + turns * RING_RECORDS;
  const memory = new LiveBirths();
  const written = openSync(file, "w");
  const port = { isBehind: () => false, nowNs: () => BigInt(Date.now()) * 1_000_000n };
  const recorder = new Recorder(new ChunkedFile((bytes) => writeSync(written, bytes)), port);
  const take = (record: TraceRecord): void => {
    recorder.record(0, record);
    memory.take(record);
    if (recorder.isCheckpointDue) recorder.checkpoint(new Map([[0, memory.all()]]));
  };
  const about = { invocation: [], cwd: "/", engine: "0.1.0", startedAt: "2026-11-27T02:14:03.000Z" };
  const criteria = { rules: defaultRules(), known: NOTHING_KNOWN };
  recorder.begin({ source: "run", command: ["pytest"], ...about, startedNs: BEGIN_NS, ...criteria });
  recorder.ring({ ring: 0, path: RING, pid: 1, ancestors: [] });
  for (const event of firstEvents(Math.floor((turns * RING_RECORDS) / RECORDS_OF_A_TEST))) recorder.event(event);
  for (let index = 0; index < live; index += 1) {
    const where = { buffer: FIRST_BUFFER + index * 64, address: FIRST_ADDRESS + index * 4_096 };
    take(traceRecord({ kind: "allocate", ...where, chip: 0, banks: 12, unitBytes: 32, timeNs: BEGIN_NS + 1 + index }));
  }
  let atNs = BEGIN_NS;
  recordsOf(turns)((record, number) => {
    take(record);
    atNs = record.timeNs;
    if (record.kind === "mark") for (const event of eventsAt(number, record)) recorder.event(event);
  });
  const durationMs = Math.round((atNs - BEGIN_NS) / NS_PER_MS);
  const rings = [{ ring: 0, pid: 1, records, lost: 0 }];
  recorder.end({ commandExitCode: 0, durationMs, warnings: [], allocations: null, rings, statements: [] });
  closeSync(written);
  return records;
}

import type { AllocationsReport } from "./allocations-report.ts";
import type { RunEvent } from "./event.ts";
import type { KnownFindings } from "./known-findings.ts";
import type { Rules } from "./rules.ts";
import type { RunSummary } from "./run-report.ts";

/** Version of what is in a recording (docs/formats.md, "Recording"). One that is newer is not read, one that is older is. */
export const RECORDING_FORMAT = 2;

/** The profile in the file's header, the name of its metadata, and the key that has the version there. */
export const RECORDING_PROFILE = "tt-memwatch";
export const RECORDING_VERSION_KEY = "format";

/** The topics of its channels, one each. */
export const RECORDING_TOPICS = [
  "run",
  "rings",
  "stacks",
  "events",
  "records",
  "order",
  "end",
  "checkpoint",
  "live",
  "index",
  "messages",
  "server",
] as const;

export type RecordingTopic = (typeof RECORDING_TOPICS)[number];

/** Records of one ring in one message. */
export const BATCH_RECORDS_MAX = 4096;

/** Bytes of a message of records before its columns: the ring's number, and how many records there are. */
export const BATCH_HEADER_BYTES = 8;

/** Bytes of a column before its planes: how many planes it has, and its first value. */
export const COLUMN_HEADER_BYTES = 9;

/** Planes of a column: each has one byte of every value. */
export const COLUMN_PLANES_MAX = 8;

/**
 * The columns of a message of records, in order. Values are those of `TraceRecord`; what is not known, or has no number, is
 * one less there than here: -1 of `device`, null of `chip` and of `memoryType`.
 */
export const RECORD_COLUMNS = [
  "timeNs",
  "address",
  "sizeBytes",
  "bytesPerBank",
  "buffer",
  "allocator",
  "thread",
  "context",
  "stack",
  "operation",
  "device",
  "chip",
  "banks",
  "unitBytes",
  "kind",
  "memoryType",
  "isInBuffer",
] as const;

export type RecordColumn = (typeof RECORD_COLUMNS)[number];

/** Of the columns, those that have differences from one record to the next. */
export const DIFFERENCE_COLUMNS: ReadonlySet<RecordColumn> = new Set(["timeNs"]);

/** What is known of whatever is recorded when it begins. */
interface RecordedBeginning extends Pick<RunSummary, "command" | "invocation" | "cwd" | "engine" | "startedAt"> {
  /** `startedAt` by CLOCK_MONOTONIC, in ns; null: not recorded, as before format 2. */
  readonly startedNs: number | null;
}

/** `tt-memwatch run`. */
export interface RecordedRun extends RecordedBeginning {
  readonly source: "run";
  /** Those it is judged by, with what its options changed of them. */
  readonly rules: Rules;
  /** What of its findings is known. */
  readonly known: KnownFindings;
}

/** `tt-memwatch trace`. */
interface RecordedProgram extends RecordedBeginning {
  readonly source: "trace";
}

/** `tt-memwatch serve`. */
export interface RecordedServer extends RecordedBeginning {
  readonly source: "serve";
  /** Its books are judged by them. */
  readonly rules: Rules;
}

/** What was recorded, by the command that did it. */
export type Recorded = RecordedRun | RecordedProgram | RecordedServer;

/** A traced process's ring, from when it was seen. */
export interface RecordedRing {
  /** By which the rest of the recording knows it, from 0. */
  readonly ring: number;
  readonly path: string;
  readonly pid: number;
  /** Pids of the processes that it came from, its parent first. */
  readonly ancestors: readonly number[];
}

/** What the engine had read of a ring at the end. */
interface RecordedRingEnd {
  readonly ring: number;
  readonly pid: number;
  readonly records: number;
  readonly lost: number;
}

/** The statement of a line that a finding comes from, as `shortHash` of its text: the file may change after the run. */
export interface RecordedStatement {
  readonly file: string;
  readonly line: number;
  readonly hash: string;
}

/** What is known of a run, or of any other command, when it has ended. */
export interface RecordedEnd extends Pick<RunSummary, "durationMs"> {
  readonly commandExitCode: number;
  /** Of what listened to the command; those that follow from its events are made of them. */
  readonly warnings: readonly string[];
  readonly allocations: AllocationsReport | null;
  readonly rings: readonly RecordedRingEnd[];
  /** For signatures; empty in recordings of earlier versions. */
  readonly statements: readonly RecordedStatement[];
}

/** What the engine took next, and how many of it. */
export type OrderStep =
  | readonly ["events", number]
  | readonly ["messages", number]
  | readonly ["server", number]
  | readonly ["records", ring: number, number]
  /** Records that had been overwritten before they were read. */
  | readonly ["lost", ring: number, number];

/** What could not be written in time, and is missing before a block. */
export interface DroppedBatches {
  readonly events: number;
  readonly records: readonly (readonly [ring: number, records: number])[];
}

/** Ends a block: the order in which the engine took what is in it. */
export interface BlockOrder {
  readonly steps: readonly OrderStep[];
  readonly dropped: DroppedBatches | null;
}

/** An event as a recording has it: addresses, which are not numbers of JSON, are hexadecimal strings. */
export function eventJson(event: RunEvent): string {
  return JSON.stringify(withHexAddresses(event));
}

/** As a replacer of JSON.stringify would, which is asked for each key of each event. */
function withHexAddresses(event: RunEvent): object {
  switch (event.kind) {
    case "tensor":
    case "holders":
    case "kept":
    case "inside":
    case "origin":
      return withHexAddress(event);
    case "waiting":
      return { ...event, blocks: event.blocks.map(withHexAddress) };
    case "measurement": {
      const { added, removed } = event.measurement;
      const blocks = { added: added.map(withHexAddress), removed: removed.map(withHexAddress) };
      return { ...event, measurement: { ...event.measurement, ...blocks } };
    }
    default:
      return event;
  }
}

function withHexAddress<T extends { readonly address: bigint }>(value: T): Omit<T, "address"> & { address: string } {
  return { ...value, address: `0x${value.address.toString(16)}` };
}

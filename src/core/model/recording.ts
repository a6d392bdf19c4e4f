import type { AllocationsReport } from "./allocations-report.ts";
import type { BufferMessage } from "./buffer-message.ts";
import type { RunEvent } from "./event.ts";
import type { KnownFindings } from "./known-findings.ts";
import type { Rules } from "./rules.ts";
import type { RunSummary } from "./run-report.ts";
import type { StackFrame } from "./stack.ts";

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

/** Records from one checkpoint to the next, at least. */
export const CHECKPOINT_RECORDS = 65_536;

/** Tests that the index names; of later ones nothing is found without reading all. */
export const INDEX_TESTS_MAX = 200_000;

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

/**
 * The columns of a batch of messages, in order: the fields of `BufferMessage` as unsigned 32 bits, and those of `BookedMessage`.
 */
export const MESSAGE_COLUMNS = [
  "atMs",
  "process",
  "type",
  "device",
  "memoryType",
  "pid",
  "sizeLow",
  "sizeHigh",
  "idLow",
  "idHigh",
  "books",
  "requestedLow",
  "requestedHigh",
  "site",
  "context",
] as const;

export type MessageColumn = (typeof MESSAGE_COLUMNS)[number];

/** In which books a message went: the server's own, as a ring's record there, or those beside, because its ring is followed. */
export const MESSAGE_BOOKS = ["own", "traced", "beside"] as const;

/** A message as an allocation server booked it. Valid while it is handed over: one object is filled again and again. */
export interface BookedMessage {
  readonly message: BufferMessage;
  /** Its sender among all that were ever seen; a number is given to another one once its process has ended. */
  readonly process: number;
  /** Any clock in whole milliseconds that only goes up. */
  readonly atMs: number;
  readonly books: (typeof MESSAGE_BOOKS)[number];
  /** Of `traced`, else 0: what was asked for in halves, and the numbers of the site and context it was in. */
  readonly requestedLow: number;
  readonly requestedHigh: number;
  readonly site: number;
  readonly context: number;
}

/** How an allocation server followed a ring, for people. */
export interface RecordedRingStatus {
  readonly pid: number;
  readonly ring: string | null;
  readonly state: "waiting" | "followed" | "ended" | "failed";
  readonly reason: string;
  readonly records: number;
  readonly missed: number;
  readonly lost: number;
}

/** What an allocation server did or learned beside booking messages. */
export type ServerEvent =
  /** This number is this process's from now on. */
  | { readonly kind: "process"; readonly process: number; readonly pid: number }
  /** The process ended: what it had is off the books. */
  | { readonly kind: "ended"; readonly process: number }
  /** Its ring is followed from now on: what it had on the server's own books is on those beside. */
  | { readonly kind: "moved"; readonly process: number }
  /** It follows another ring: what it had on the server's own books is off them. */
  | { readonly kind: "begun-anew"; readonly process: number }
  /** What it had on the books beside is off them. */
  | { readonly kind: "forgotten"; readonly process: number }
  | { readonly kind: "reset" }
  /** What a site of a process stands for. */
  | {
      readonly kind: "origin";
      readonly process: number;
      readonly site: number;
      readonly line: StackFrame | null;
      readonly operation: string | null;
    }
  /** How it stood with a ring at the end. */
  | { readonly kind: "status"; readonly status: RecordedRingStatus }
  /** Contexts of the process from this one on belong to this test; null: to none. */
  | { readonly kind: "test"; readonly process: number; readonly context: number; readonly test: string | null };

/** Of the columns, those that have differences from one record to the next. */
export const DIFFERENCE_COLUMNS: ReadonlySet<RecordColumn> = new Set(["timeNs"]);
export const MESSAGE_DIFFERENCE_COLUMNS: ReadonlySet<MessageColumn> = new Set(["atMs"]);

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
interface RecordedServer extends RecordedBeginning {
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

/** Before a block: what is live then follows as messages of `live`, each with records of allocations. */
export interface RecordedCheckpoint {
  /** The block that follows it. */
  readonly block: number;
  /** CLOCK_MONOTONIC of the latest record before it. */
  readonly atNs: number;
  /** Whether no record was lost before it. */
  readonly isWhole: boolean;
}

/** One attempt of one test, or one repeat of it. */
export interface IndexedTest {
  readonly test: string;
  readonly attempt: number;
  readonly repeat: number;
  readonly process: number;
  /** CLOCK_MONOTONIC of its end; null: not known. */
  readonly endNs: number | null;
  /** The first and the last number of its contexts; null: it has none. */
  readonly contexts: readonly [number, number] | null;
}

/** By which a place in a recording is found. */
export interface RecordingIndex {
  readonly tests: readonly IndexedTest[];
  /** Those beyond the ones that are named. */
  readonly moreTests: number;
  /** `process`: that runs tests; null: it runs none. */
  readonly rings: readonly { readonly ring: number; readonly pid: number; readonly process: number | null }[];
  /** In their order. */
  readonly checkpoints: readonly RecordedCheckpoint[];
}

/** An event as a recording has it: addresses, which are no numbers of JSON, are hexadecimal strings. */
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

import { z } from "zod";
import { VERDICTS } from "../../core/model/finding.ts";
import {
  LIVE_BUFFERS_MAX,
  LIVE_CAUSES_MAX,
  LIVE_COMMANDS,
  LIVE_DEVICES_MAX,
  LIVE_LINE_BYTES_MAX,
  LIVE_PROCESSES_MAX,
  LIVE_SCHEMA,
  LIVE_STATES,
  LIVE_TEXT_CHARACTERS_MAX,
  type LiveSnapshot,
  STANDSTILLS,
} from "../../core/model/live-snapshot.ts";
import { KNOWN_BY } from "../../core/model/why-known.ts";
import { LineFraming } from "./line-framing.ts";
import { WireError } from "./wire-error.ts";

/** Memory types of a device that are reported. */
const MEMORIES_MAX = 8;
/** Words of a command. */
const WORDS_MAX = 100;

const Text = z.string().max(LIVE_TEXT_CHARACTERS_MAX);
const Count = z.number().int().min(0);
const Bytes = z.number().int();
const Milliseconds = z.number().min(0);
const Line = z.object({ file: Text, line: Count });
const Place = { device: z.number().int(), openedAs: z.number().int().nullable() };

const Memory = z.object({
  memoryType: Text,
  usedBytes: Bytes,
  capacityBytes: Bytes.nullable(),
  largestFreeBytes: Bytes.nullable(),
  peakBytes: Bytes.nullable(),
  buffers: Count.nullable(),
  leftBytes: Bytes.nullable(),
  knownFrom: z.enum(["events", "looks", "messages", "regions"]),
});

/** Keys with a default are those that earlier programs of this version did not report. */
const Process = z.object({
  pid: Count,
  name: Text.nullable(),
  worker: Text.nullable(),
  role: z.enum(["single", "worker", "controller", "fork", "program"]),
  state: z.enum(["running", "ended", "lost", "unverifiable"]),
  running: z
    .object({
      test: Text,
      phase: z.enum(["setup", "call", "teardown", "fixture"]).nullable(),
      forMs: Milliseconds.nullable(),
      quietMs: Milliseconds.nullable().default(null),
    })
    .nullable(),
  standstill: z
    .object({ kind: z.enum(STANDSTILLS), forMs: Milliseconds })
    .nullable()
    .default(null),
  usedBytes: Bytes,
  lostRecords: Count,
});

const CauseRow = z.object({
  id: Text,
  verdict: z.enum(VERDICTS),
  fails: z.boolean(),
  known: z
    .object({ by: z.enum(KNOWN_BY), reason: Text, ref: Text.nullable() })
    .nullable()
    .default(null),
  memoryType: Text.nullable(),
  sizeBytes: Bytes,
  findings: Count,
  operation: Text.nullable(),
  line: Line.nullable(),
  holder: Text.nullable(),
  test: Text.nullable(),
  evidence: Text,
});

const BufferRow = z.object({
  pid: Count,
  ...Place,
  memoryType: Text,
  address: z.string().regex(/^0x[0-9a-f]{1,16}$/),
  sizeBytes: Bytes,
  operation: Text.nullable(),
  line: Line.nullable(),
  test: Text.nullable(),
  fixture: Text.nullable(),
  holder: Text.nullable(),
});

/** A snapshot, field by field. */
export const LiveSnapshotSchema: z.ZodType<LiveSnapshot> = z.object({
  schema: z.literal(LIVE_SCHEMA),
  source: z.object({
    command: z.enum(LIVE_COMMANDS),
    pid: Count,
    title: z.array(Text).max(WORDS_MAX),
    engine: Text,
    startedAt: Text,
  }),
  state: z.enum(LIVE_STATES),
  atMs: Milliseconds,
  tests: z.object({ done: Count, failed: Count, total: Count.nullable() }).nullable(),
  devices: z
    .array(z.object({ pid: Count.nullable(), ...Place, memories: z.array(Memory).max(MEMORIES_MAX) }))
    .max(LIVE_DEVICES_MAX),
  processes: z.array(Process).max(LIVE_PROCESSES_MAX),
  causes: z.object({
    judgedAtMs: Milliseconds.nullable(),
    reason: Text,
    findings: Count,
    failing: Count,
    known: Count.default(0),
    verdicts: z.array(z.object({ verdict: z.enum(VERDICTS), findings: Count, sizeBytes: Bytes })).max(VERDICTS.length),
    list: z.array(CauseRow).max(LIVE_CAUSES_MAX),
  }),
  largest: z.array(BufferRow).max(LIVE_BUFFERS_MAX),
  buffers: Count,
  traffic: z.object({ allocations: Count, frees: Count }).nullable(),
  lost: z.object({ records: Count, messages: Count, refused: Count }),
  leftOut: z.object({ devices: Count, processes: Count, causes: Count }),
});

/** Splits what a program sends into snapshots. */
export class LiveSnapshots {
  readonly #lines = new LineFraming(LIVE_LINE_BYTES_MAX);

  /** Those that `chunk` completes. Throws WireError on what is not a snapshot of the version that is known. */
  *push(chunk: Uint8Array): Generator<LiveSnapshot, void, void> {
    for (const { bytes, offset } of this.#lines.push(chunk)) yield snapshotOf(bytes, offset);
  }
}

function snapshotOf(bytes: Uint8Array, offset: number): LiveSnapshot {
  const value = parseJson(bytes, offset);
  const told = z.object({ schema: z.string() }).safeParse(value);
  if (!told.success) throw new WireError("a line that is not a snapshot", offset);
  if (told.data.schema !== LIVE_SCHEMA) {
    throw new WireError(`snapshots of ${JSON.stringify(told.data.schema.slice(0, 100))}, want ${LIVE_SCHEMA}`, offset);
  }
  const parsed = LiveSnapshotSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new WireError(`a snapshot whose ${issue?.path.join(".")} cannot be read: ${issue?.message}`, offset);
}

function parseJson(bytes: Uint8Array, offset: number): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new WireError("a line that is no JSON", offset);
  }
}

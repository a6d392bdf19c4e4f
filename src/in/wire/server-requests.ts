import { z } from "zod";
import { VERDICTS } from "../../core/model/finding.ts";
import type { ServerGroup } from "../../core/model/server-group.ts";

/** First word of a line of text that is a request of ours; any other word is an earlier client's. */
export const REQUEST_WORD = "memwatch";

/** What the earlier script for L1 buffers sends; it waits for text that ends with an empty line. */
export const EARLIER_QUERY = "QUERY_ALL";

/** Longest name of a baseline, in characters. */
export const BASELINE_NAME_MAX = 100;

/** Largest limit on the listed buffers of a group that can be asked for; null asks for all. */
const LISTED_MAX = 10_000;

/** Longest path of a ring, in characters. */
const RING_PATH_MAX = 300;

/** Longest reason why a process is not traced, in characters. */
const REASON_MAX = 1_000;

/** Longest node id of a test, in characters. */
const TEST_MAX = 3_000;

/** Contexts have 32 bits in a ring. */
const CONTEXT_MAX = 2 ** 32 - 1;

/** Processes that are asked about: all, or those that send frames and have no ring that is followed. */
const Sources = z.enum(["all", "frames"]).default("all");
export type Sources = z.output<typeof Sources>;

const BaselineName = z.string().min(1).max(BASELINE_NAME_MAX);

/** A request is one line: REQUEST_WORD, a space, this as JSON. Longest: as any text command. */
export const ServerRequest = z.discriminatedUnion("request", [
  /** All that was sent before is booked: answered with counts only. */
  z.object({ request: z.literal("checkpoint") }),
  z.object({ request: z.literal("stats") }),
  /** `listedMax`: largest group whose buffers are listed, null for all. `since`: a baseline. */
  z.object({
    request: z.literal("dump"),
    listedMax: z.number().int().min(0).max(LISTED_MAX).nullable(),
    since: BaselineName.nullable(),
    sources: Sources,
  }),
  /** What one process allocated after the allocation numbered `since`, by device and type; null: only that number now. */
  z.object({
    request: z.literal("growth"),
    since: z.number().int().min(0).nullable(),
    pid: z.number().int(),
    sources: Sources,
  }),
  /** Forgets all that is live. */
  z.object({ request: z.literal("reset") }),
  z.object({ request: z.literal("baseline-save"), name: BaselineName }),
  /** A process says into which ring its allocations are traced, or why they are not: then `ring` is null. */
  z.object({
    request: z.literal("traced"),
    pid: z.number().int().positive(),
    ring: z.string().min(1).max(RING_PATH_MAX).nullable(),
    reason: z.string().max(REASON_MAX).default(""),
  }),
  /** In a traced process, contexts from this one on belong to a test, or to none. It is not answered. */
  z.object({
    request: z.literal("test"),
    pid: z.number().int().positive(),
    context: z.number().int().min(0).max(CONTEXT_MAX),
    test: z.string().max(TEST_MAX).nullable(),
  }),
]);
export type ServerRequest = z.output<typeof ServerRequest>;
/** A request as it is written: what has a default may be left out. */
export type SentRequest = z.input<typeof ServerRequest>;

const Bytes = z.number().int().min(0);
const Address = z.string().regex(/^0x[0-9a-f]{1,16}$/);

const Group = z.object({
  device: z.number(),
  memoryType: z.string(),
  buffers: z.number(),
  sizeBytes: Bytes,
}) satisfies z.ZodType<ServerGroup>;

const Device = z.object({
  device: z.number(),
  /** Live buffers of all types. */
  buffers: z.number(),
  /** By memory type, CB and KERNEL included; types that hold nothing are left out. */
  sizeBytes: z.record(z.string(), Bytes),
});

const EndedProcessAnswer = z.object({
  pid: z.number(),
  buffers: z.number(),
  sizeBytes: Bytes,
});

const FindingAnswer = z.object({
  rule: z.string(),
  verdict: z.enum(VERDICTS),
  ...Group.shape,
  pids: z.array(z.number()),
  evidence: z.string(),
  /** By the rules of the server. */
  fails: z.boolean(),
});

/** A buffer that was freed more often than allocated, and its last events, newest first. */
const DoubleFreedAnswer = z.object({
  device: z.number(),
  address: Address,
  allocs: z.number(),
  frees: z.number(),
  events: z.array(
    z.object({ kind: z.enum(["ALLOC", "FREE", "REUSE"]), sizeBytes: Bytes, pid: z.number(), refCount: z.number() }),
  ),
});

/** How it stands with a process that announced itself. */
const TracedAnswer = z.object({
  pid: z.number(),
  ring: z.string().nullable(),
  /** `waiting`: the ring is not ready; `followed`; `ended`: read to its end; `failed`: it is not followed, see `reason`. */
  state: z.enum(["waiting", "followed", "ended", "failed"]).default("followed"),
  reason: z.string().default(""),
  records: z.number().default(0),
  /** Records that were overwritten before the server began to read. */
  missed: z.number().default(0),
  /** Records that were overwritten before they were read. */
  lost: z.number().default(0),
});

/** What a tracer knows of a buffer. */
const BookedOriginAnswer = z.object({
  /** As it was asked for. */
  requestedBytes: Bytes,
  operation: z.string().nullable(),
  line: z.object({ file: z.string(), line: z.number(), function: z.string() }).nullable(),
  test: z.string().nullable(),
});

/** An answer is lines of JSON, the last one `end` or `error`. */
export const ServerAnswer = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("checkpoint"), live: z.number(), devices: z.array(Device) }),
  z.object({
    kind: z.literal("stats"),
    server: z.object({
      version: z.string(),
      pid: z.number(),
      socket: z.string(),
      uptimeSeconds: z.number(),
      compat: z.string().nullable(),
      /** Faults of the server's own. */
      faults: z.number().default(0),
    }),
    connections: z.object({
      open: z.number(),
      total: z.number(),
      refused: z.number(),
      dropped: z.number(),
      dialects: z.record(z.string(), z.number()),
      unknownSizes: z.record(z.string(), z.number()),
      refusals: z.array(z.string()),
    }),
    messages: z.object({
      applied: z.number(),
      outcomes: z.record(z.string(), z.number()),
      refused: z.record(z.string(), z.number()),
      resized: z.number(),
    }),
    processes: z.object({
      alive: z.number(),
      /** Pids of the first ones. */
      unverifiable: z.array(z.number()),
      atExit: z.array(EndedProcessAnswer),
    }),
    /** Processes that announced a ring, or why they have none. */
    traced: z.array(TracedAnswer),
    /** What clients fill, by name: how much is used, and how much there is. */
    tables: z.record(z.string(), z.object({ used: z.number(), max: z.number() })).default({}),
    /** Lines of text or of events that whoever reads them was too slow for. */
    lost: z.number(),
    devices: z.array(Device),
  }),
  /** `births`: number of the newest allocation. */
  z.object({ kind: z.literal("growth"), births: z.number(), groups: z.array(Group) }),
  z.object({ kind: z.literal("group"), ...Group.shape }),
  z.object({
    kind: z.literal("buffer"),
    device: z.number(),
    memoryType: z.string(),
    address: Address,
    sizeBytes: Bytes,
    pid: z.number(),
    refCount: z.number(),
    /** Null where its process is not traced. */
    origin: BookedOriginAnswer.nullable().default(null),
  }),
  /** A traced process of which records are missing, so that what is reported of it may be wrong. */
  z.object({ kind: z.literal("traced"), ...TracedAnswer.shape }),
  z.object({ kind: z.literal("finding"), ...FindingAnswer.shape }),
  z.object({ kind: z.literal("double-freed"), ...DoubleFreedAnswer.shape }),
  z.object({ kind: z.literal("at-exit"), ...EndedProcessAnswer.shape }),
  z.object({ kind: z.literal("end"), live: z.number() }),
  z.object({ kind: z.literal("error"), message: z.string() }),
]);
export type ServerAnswer = z.infer<typeof ServerAnswer>;

export type StatsAnswer = Extract<ServerAnswer, { kind: "stats" }>;

/** In printable ASCII, as every text command is. */
export function encodeRequest(request: SentRequest): string {
  const json = JSON.stringify(request).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${REQUEST_WORD} ${json}\n`;
}

export function encodeAnswer(answer: ServerAnswer): string {
  return `${JSON.stringify(answer)}\n`;
}

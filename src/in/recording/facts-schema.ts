import * as z from "zod";
import type { AllocationsReport } from "../../core/model/allocations-report.ts";
import { VERDICTS } from "../../core/model/finding.ts";
import { NOTHING_KNOWN } from "../../core/model/known-findings.ts";
import type { BlockOrder, Recorded, RecordedEnd, RecordedRing } from "../../core/model/recording.ts";
import type { RecordingIndex } from "../../core/model/recording-index.ts";
import type { Rules } from "../../core/model/rules.ts";
import type { ServerEvent } from "../../core/model/server-event.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import { Count, MemoryTypeName } from "../fields/event-fields.ts";
import { KnownInForce } from "./known-schema.ts";

const ByMemoryType = z.partialRecord(MemoryTypeName, Count);
/** 128 + n where signal n ended it. */
const ProcessExitCode = z.number().int().min(0).max(255);

const RulesInForce: z.ZodType<Rules> = z.object({
  largeBuffer: ByMemoryType,
  programCache: ByMemoryType,
  expected: z.array(
    z.object({
      name: z.string(),
      memoryType: MemoryTypeName,
      maxBytes: Count,
      when: z.enum(["open", "test"]),
      tests: z.string().nullable(),
    }),
  ),
  recurrenceTests: Count,
  fragmentationMinShrink: z.number(),
  refCountMax: Count,
  failOn: z.array(z.enum(VERDICTS)),
});

const Beginning = {
  command: z.array(z.string()),
  invocation: z.array(z.string()),
  cwd: z.string(),
  engine: z.string(),
  startedAt: z.iso.datetime(),
  startedNs: Count.nullable(),
};

const AnyRecorded = z.discriminatedUnion("source", [
  z.object({ source: z.literal("run"), ...Beginning, rules: RulesInForce, known: KnownInForce }),
  z.object({ source: z.literal("trace"), ...Beginning }),
  z.object({ source: z.literal("serve"), ...Beginning, rules: RulesInForce }),
]);

/** Before format 2 there were runs only, and recordings from before runs knew of anything do not say. */
export const BeginMessage: z.ZodType<Recorded> = z.preprocess(
  (begun) => (begun instanceof Object ? { source: "run", startedNs: null, known: NOTHING_KNOWN, ...begun } : begun),
  AnyRecorded,
);

/** In the order in which reports have it. */
const Group = { device: z.number().int(), memoryType: z.string(), buffers: Count, sizeBytes: z.number() };

const Allocations: z.ZodType<AllocationsReport> = z.looseObject({
  socket: z.string(),
  isOwn: z.boolean(),
  live: Count,
  groups: z.array(z.looseObject(Group)),
  total: z.array(z.looseObject(Group)),
  findings: z.array(
    z.looseObject({
      rule: z.string(),
      verdict: z.enum(VERDICTS),
      ...Group,
      pids: z.array(z.number().int()),
      evidence: z.string(),
      fails: z.boolean(),
    }),
  ),
  tests: z.array(
    z.looseObject({
      test: z.string(),
      attempt: Count,
      others: Count,
      pid: z.number().int(),
      groups: z.array(z.looseObject(Group)),
    }),
  ),
  atExit: z.array(z.looseObject({ pid: z.number().int(), buffers: Count, sizeBytes: z.number() })),
});

export const EndFactsMessage: z.ZodType<RecordedEnd> = z.object({
  commandExitCode: ProcessExitCode,
  durationMs: Count,
  warnings: z.array(z.string()),
  allocations: Allocations.nullable(),
  rings: z.array(z.object({ ring: Count, pid: Count, records: Count, lost: Count })),
  statements: z.array(z.object({ file: z.string(), line: Count, hash: z.string() })).default([]),
});

export const RingsMessage: z.ZodType<readonly RecordedRing[]> = z.array(
  z.object({ ring: Count, path: z.string(), pid: Count, ancestors: z.array(Count) }),
);

const OF_PROCESS = { process: Count };

export const ServerMessage: z.ZodType<readonly ServerEvent[]> = z.array(
  z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("process"), ...OF_PROCESS, pid: z.number().int() }),
    z.object({ kind: z.literal("ended"), ...OF_PROCESS }),
    z.object({ kind: z.literal("moved"), ...OF_PROCESS }),
    z.object({ kind: z.literal("begun-anew"), ...OF_PROCESS }),
    z.object({ kind: z.literal("forgotten"), ...OF_PROCESS }),
    z.object({ kind: z.literal("reset") }),
    z.object({
      kind: z.literal("origin"),
      ...OF_PROCESS,
      site: Count,
      line: z.object({ file: z.string(), line: Count, function: z.string() }).nullable(),
      operation: z.string().nullable(),
    }),
    z.object({
      kind: z.literal("status"),
      status: z.object({
        pid: z.number().int(),
        ring: z.string().nullable(),
        state: z.enum(["waiting", "followed", "ended", "failed"]),
        reason: z.string(),
        records: Count,
        missed: Count,
        lost: Count,
      }),
    }),
    z.object({ kind: z.literal("test"), ...OF_PROCESS, context: Count, test: z.string().nullable() }),
  ]),
);

export const IndexMessage: z.ZodType<RecordingIndex> = z.object({
  tests: z.array(
    z.object({
      test: z.string(),
      attempt: Count,
      repeat: Count,
      process: Count,
      endNs: Count.nullable(),
      contexts: z.tuple([Count, Count]).nullable(),
    }),
  ),
  moreTests: Count,
  rings: z.array(z.object({ ring: Count, pid: Count, process: Count.nullable() })),
  checkpoints: z.array(z.object({ block: Count, atNs: Count, isWhole: z.boolean() })),
});

/** Numbers and frames, innermost first. */
export const StacksMessage: z.ZodType<{
  readonly ring: number;
  readonly stacks: readonly (readonly [number, readonly StackFrame[]])[];
}> = z.object({
  ring: Count,
  stacks: z.array(z.tuple([Count, z.array(z.object({ file: z.string(), line: Count, function: z.string() }))])),
});

export const OrderMessage: z.ZodType<BlockOrder> = z.object({
  steps: z.array(
    z.union([
      z.tuple([z.literal("events"), Count]),
      z.tuple([z.literal("messages"), Count]),
      z.tuple([z.literal("server"), Count]),
      z.tuple([z.literal("records"), Count, Count]),
      z.tuple([z.literal("lost"), Count, Count]),
    ]),
  ),
  dropped: z.object({ events: Count, records: z.array(z.tuple([Count, Count])) }).nullable(),
});

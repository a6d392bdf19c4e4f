import * as z from "zod";
import { KEEPERS, type RunEvent } from "../../core/model/event.ts";
import { MOMENTS } from "../../core/model/measurement.ts";
import {
  Address,
  Attempt,
  ClearModeName,
  Count,
  Device,
  Fixture,
  Frame,
  LIMITS,
  MEMORY_ERRORS,
  MemoryTypeName,
  OutcomeName,
  PeakLimits,
  PhaseName,
  RoleName,
  SourceLine,
  TENSOR,
  TraceMark,
} from "../fields/event-fields.ts";

const Test = z.object({ test: z.string(), attempt: Attempt });
const Blocks = z.array(z.object({ memoryType: MemoryTypeName, address: Address, bytesPerBank: Count }));

/** In the order in which reports have it. */
const ProcessInfo = z.object({
  plugin: z.string(),
  pid: Count,
  worker: z.string().nullable(),
  role: RoleName,
  parent: Count.nullable(),
  python: z.string(),
  pytest: z.string(),
  ttnn: z.string().nullable(),
  clear: ClearModeName,
  origin: z.enum(["auto", "tracer", "wrap", "off"]),
  rootDir: z.string(),
  junitFile: z.string().nullable(),
});

const Measurement = z.object({
  moment: z.enum(MOMENTS),
  fixture: Fixture.nullable(),
  device: Device,
  usage: z.array(
    z.object({
      memoryType: MemoryTypeName,
      banks: Count,
      totalBytesPerBank: Count,
      allocatedBytesPerBank: Count,
      largestFreeBytesPerBank: Count.nullable(),
    }),
  ),
  liveBlocks: Count,
  cacheEntries: Count,
  added: Blocks,
  removed: Blocks,
  trace: TraceMark.nullable(),
});

const Known = z.object({
  reason: z.string(),
  ref: z.string().nullable(),
  strict: z.boolean(),
  place: SourceLine.nullable(),
});

const MemoryError = z.discriminatedUnion("error", [
  z.object(MEMORY_ERRORS.refused),
  z.object(MEMORY_ERRORS.clash),
  z.object(MEMORY_ERRORS.tooLarge),
]);

const OF_PROCESS = { process: Count };
const OF_DEVICE = { ...OF_PROCESS, deviceKey: Count };
const OF_BLOCK = { ...OF_DEVICE, memoryType: MemoryTypeName, address: Address };

/** Each kind that the engine knows: a recording with one that is missing here could not be read. */
const EVENTS = {
  "process-begin": z.object({ kind: z.literal("process-begin"), ...OF_PROCESS, info: ProcessInfo }),
  collected: z.object({
    kind: z.literal("collected"),
    ...OF_PROCESS,
    tests: Count,
    // Absent in recordings of earlier versions.
    paths: z.array(z.string()).nullable().default(null),
  }),
  "test-begin": z.object({
    kind: z.literal("test-begin"),
    ...OF_PROCESS,
    ref: Test,
    base: z.string(),
    index: Count,
    repeat: Count,
    warmUp: Count,
    limits: z.object(LIMITS),
    peaks: PeakLimits.nullable(),
    reason: z.string().nullable(),
    hostBytes: Count.nullable(),
    known: Known.nullable(),
  }),
  measurement: z.object({ kind: z.literal("measurement"), ...OF_PROCESS, measurement: Measurement }),
  unchanged: z.object({ kind: z.literal("unchanged"), ...OF_DEVICE, moment: z.enum(MOMENTS) }),
  context: z.object({
    kind: z.literal("context"),
    ...OF_PROCESS,
    number: Count,
    group: Count.nullable(),
    phase: PhaseName.nullable(),
    subtest: z.string().nullable(),
    fixture: Fixture.nullable(),
    atNs: Count.nullable(),
  }),
  tracing: z.object({
    kind: z.literal("tracing"),
    ...OF_PROCESS,
    state: z.enum(["live", "unavailable"]),
    reason: z.string(),
    ring: z.string().nullable(),
  }),
  "fixture-end": z.object({ kind: z.literal("fixture-end"), ...OF_PROCESS, fixture: Fixture }),
  "not-checked": z.object({
    kind: z.literal("not-checked"),
    ...OF_PROCESS,
    reason: z.string(),
    mark: SourceLine.nullable(),
  }),
  "not-warmed-up": z.object({ kind: z.literal("not-warmed-up"), ...OF_PROCESS, reason: z.string() }),
  "not-repeated": z.object({ kind: z.literal("not-repeated"), ...OF_PROCESS, reason: z.string() }),
  "memory-error": z.object({
    kind: z.literal("memory-error"),
    ...OF_PROCESS,
    error: MemoryError,
    stack: z.array(Frame),
    mark: Count.nullable(),
    atNs: Count,
  }),
  "region-difference": z.object({
    kind: z.literal("region-difference"),
    ...OF_PROCESS,
    difference: z.object({ chip: Count, memoryType: MemoryTypeName, regionBytes: Count, tracedBytes: Count }),
  }),
  tensor: z.object({ kind: z.literal("tensor"), ...OF_BLOCK, tensor: z.object(TENSOR) }),
  holders: z.object({ kind: z.literal("holders"), ...OF_BLOCK, paths: z.array(z.string()) }),
  waiting: z.object({
    kind: z.literal("waiting"),
    ...OF_DEVICE,
    blocks: z.array(z.object({ memoryType: MemoryTypeName, address: Address })),
  }),
  searched: z.object({ kind: z.literal("searched"), ...OF_DEVICE }),
  kept: z.object({ kind: z.literal("kept"), ...OF_BLOCK, by: z.enum(KEEPERS) }),
  "device-end": z.object({ kind: z.literal("device-end"), ...OF_DEVICE }),
  inside: z.object({ kind: z.literal("inside"), ...OF_BLOCK, functions: z.array(z.string()) }),
  origin: z.object({
    kind: z.literal("origin"),
    ...OF_BLOCK,
    birth: z.object({ operation: z.string(), stack: z.array(Frame) }),
  }),
  "test-end": z.object({
    kind: z.literal("test-end"),
    ...OF_PROCESS,
    ref: Test,
    outcome: OutcomeName,
    durationMs: z.number().nonnegative(),
    atNs: Count.nullable(),
    hostBytes: Count.nullable(),
  }),
  "process-end": z.object({
    kind: z.literal("process-end"),
    ...OF_PROCESS,
    exitStatus: z.number().int(),
    dropped: Count,
  }),
  "process-lost": z.object({ kind: z.literal("process-lost"), ...OF_PROCESS, refusal: z.string().nullable() }),
  refused: z.object({ kind: z.literal("refused"), reason: z.string() }),
} satisfies { readonly [Kind in RunEvent["kind"]]: z.ZodType<Extract<RunEvent, { kind: Kind }>> };

const { refused, ...others } = EVENTS;

/** An event as a recording has it: addresses are hexadecimal strings there. */
export const RecordedEvent: z.ZodType<RunEvent> = z.discriminatedUnion("kind", [refused, ...Object.values(others)]);

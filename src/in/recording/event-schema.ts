import * as z from "zod";
import { KEEPERS, type RunEvent } from "../../core/model/event.ts";
import { MOMENTS } from "../../core/model/measurement.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";

const Count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const MemoryTypeName = z.enum(MEMORY_TYPES);
const Address = z
  .string()
  .regex(/^0x[0-9a-f]{1,16}$/)
  .transform((hex) => BigInt(hex));

const Fixture = z.object({
  name: z.string(),
  scope: z.enum(["session", "package", "module", "class", "function"]),
  baseId: z.string(),
});

const Test = z.object({ test: z.string(), attempt: Count.min(1) });
const Place = z.object({ file: z.string(), line: Count });
const Blocks = z.array(z.object({ memoryType: MemoryTypeName, address: Address, bytesPerBank: Count }));

/** In all, and by memory type. */
const LIMITS = { total: Count.nullable(), perType: z.partialRecord(MemoryTypeName, Count) };

/** In the order in which reports have it. */
const ProcessInfo = z.object({
  plugin: z.string(),
  pid: Count,
  worker: z.string().nullable(),
  role: z.enum(["single", "worker", "controller", "fork"]),
  parent: Count.nullable(),
  python: z.string(),
  pytest: z.string(),
  ttnn: z.string().nullable(),
  clear: z.enum(["always", "growth", "never"]),
  origin: z.enum(["auto", "tracer", "wrap", "off"]),
  rootDir: z.string(),
  junitFile: z.string().nullable(),
});

const Measurement = z.object({
  moment: z.enum(MOMENTS),
  fixture: Fixture.nullable(),
  device: z.object({ key: Count, chips: z.array(Count), shape: z.array(Count), parent: Count.nullable() }),
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
  trace: z.object({ mark: Count, isStill: z.boolean(), listed: z.array(MemoryTypeName) }).nullable(),
});

const Known = z.object({
  reason: z.string(),
  ref: z.string().nullable(),
  strict: z.boolean(),
  place: Place.nullable(),
});

const Tensor = z.object({ dtype: z.string(), shape: z.array(Count), logicalBytes: Count.nullable() });
const Frame = z.object({ file: z.string(), line: Count, function: z.string() });

const StaticBuffers = z.enum(["circular", "dataflow"]);

const MemoryError = z.discriminatedUnion("error", [
  z.object({
    error: z.literal("refused"),
    memoryType: MemoryTypeName,
    requestedBytes: Count,
    banks: Count,
    bytesPerBank: Count,
    totalBytesPerBank: Count.nullable(),
    allocatedBytesPerBank: Count.nullable(),
    freeBytesPerBank: Count.nullable(),
    largestFreeBytesPerBank: Count.nullable(),
  }),
  z.object({
    error: z.literal("clash"),
    buffers: StaticBuffers,
    program: Count,
    cores: z.string(),
    lowestAddress: Count,
    regionEnd: Count,
  }),
  z.object({
    error: z.literal("too-large"),
    buffers: StaticBuffers,
    cores: z.string(),
    regionEnd: Count,
    limit: Count,
  }),
]);

const OF_PROCESS = { process: Count };
const OF_DEVICE = { ...OF_PROCESS, deviceKey: Count };
const OF_BLOCK = { ...OF_DEVICE, memoryType: MemoryTypeName, address: Address };

/** An event as a recording has it: addresses are hexadecimal strings there. */
export const RecordedEvent: z.ZodType<RunEvent> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("process-begin"), ...OF_PROCESS, info: ProcessInfo }),
  z.object({ kind: z.literal("collected"), ...OF_PROCESS, tests: Count }),
  z.object({
    kind: z.literal("test-begin"),
    ...OF_PROCESS,
    ref: Test,
    base: z.string(),
    index: Count,
    repeat: Count,
    warmUp: Count,
    limits: z.object(LIMITS),
    peaks: z.object({ ...LIMITS, l1PerCore: Count.nullable() }).nullable(),
    reason: z.string().nullable(),
    hostBytes: Count.nullable(),
    known: Known.nullable(),
  }),
  z.object({ kind: z.literal("measurement"), ...OF_PROCESS, measurement: Measurement }),
  z.object({ kind: z.literal("unchanged"), ...OF_DEVICE, moment: z.enum(MOMENTS) }),
  z.object({
    kind: z.literal("context"),
    ...OF_PROCESS,
    number: Count,
    group: Count.nullable(),
    phase: z.enum(["setup", "call", "teardown", "fixture"]).nullable(),
    subtest: z.string().nullable(),
    fixture: Fixture.nullable(),
    atNs: Count.nullable(),
  }),
  z.object({
    kind: z.literal("tracing"),
    ...OF_PROCESS,
    state: z.enum(["live", "unavailable"]),
    reason: z.string(),
    ring: z.string().nullable(),
  }),
  z.object({ kind: z.literal("fixture-end"), ...OF_PROCESS, fixture: Fixture }),
  z.object({ kind: z.literal("not-checked"), ...OF_PROCESS, reason: z.string(), mark: Place.nullable() }),
  z.object({
    kind: z.literal("memory-error"),
    ...OF_PROCESS,
    error: MemoryError,
    stack: z.array(Frame),
    mark: Count.nullable(),
    atNs: Count,
  }),
  z.object({ kind: z.literal("tensor"), ...OF_BLOCK, tensor: Tensor }),
  z.object({ kind: z.literal("holders"), ...OF_BLOCK, paths: z.array(z.string()) }),
  z.object({
    kind: z.literal("waiting"),
    ...OF_DEVICE,
    blocks: z.array(z.object({ memoryType: MemoryTypeName, address: Address })),
  }),
  z.object({ kind: z.literal("searched"), ...OF_DEVICE }),
  z.object({ kind: z.literal("kept"), ...OF_BLOCK, by: z.enum(KEEPERS) }),
  z.object({ kind: z.literal("device-end"), ...OF_DEVICE }),
  z.object({ kind: z.literal("inside"), ...OF_BLOCK, functions: z.array(z.string()) }),
  z.object({
    kind: z.literal("origin"),
    ...OF_BLOCK,
    birth: z.object({ operation: z.string(), stack: z.array(Frame) }),
  }),
  z.object({
    kind: z.literal("test-end"),
    ...OF_PROCESS,
    ref: Test,
    outcome: z.enum(["passed", "failed", "skipped", "xfailed", "xpassed", "error"]),
    durationMs: z.number().nonnegative(),
    atNs: Count.nullable(),
    hostBytes: Count.nullable(),
  }),
  z.object({ kind: z.literal("process-end"), ...OF_PROCESS, exitStatus: z.number().int(), dropped: Count }),
  z.object({ kind: z.literal("process-lost"), ...OF_PROCESS, refusal: z.string().nullable() }),
  z.object({ kind: z.literal("refused"), reason: z.string() }),
]);

import * as z from "zod";
import { KEEPERS, type ProcessInfo } from "../../core/model/event.ts";
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

/** Entries of `added` and `removed` together in one `blocks` message. */
export const BLOCKS_PER_MESSAGE_MAX = 2000;

const BlockEntry = z.tuple([Address, Count]);

/** Of an option as users write it, such as `--memwatch-trace` or `memwatch(trace=...)`. */
const OptionName = z.string().regex(/^[\x20-\x7e]{1,100}$/);

const UsageEntry = z
  .tuple([MemoryTypeName, Count, Count, Count, Count.nullable()])
  .transform(([memoryType, banks, totalBytesPerBank, allocatedBytesPerBank, largestFreeBytesPerBank]) => ({
    memoryType,
    banks,
    totalBytesPerBank,
    allocatedBytesPerBank,
    largestFreeBytesPerBank,
  }));

const Hello = z.object({
  kind: z.literal("hello"),
  protocol: Count,
  plugin: z.string(),
  pid: Count,
  worker: z.string().nullable(),
  role: RoleName,
  // Absent where the plugin is older than forked tests and several sessions.
  parent: Count.nullable().default(null),
  session: Count.min(1).nullable().default(1),
  python: z.string(),
  pytest: z.string(),
  ttnn: z.string().nullable(),
  clear: ClearModeName,
  // Absent where the plugin is older than the option; `trace` where it is older than its new word.
  origin: z
    .enum(["auto", "tracer", "trace", "wrap", "off"])
    .transform((mode) => (mode === "trace" ? "tracer" : mode))
    .default("auto"),
  rootDir: z.string(),
  junitFile: z.string().nullable(),
  // Absent where the plugin is older: then it sends each test's messages at once.
  unsent: z.string().nullable().default(null),
});

const OldName = z.object({ kind: z.literal("old-name"), was: OptionName, now: OptionName });

const Collected = z.object({
  kind: z.literal("collected"),
  tests: Count,
  // Absent from earlier plugins, and where there are more than are reported.
  paths: z.array(z.string()).nullable().default(null),
});

// Absent where it is not looked at, and from plugins that do not know how.
const HostBytes = Count.nullable().default(null);

const TestBegin = z.object({
  kind: z.literal("test-begin"),
  test: z.string(),
  attempt: Attempt,
  base: z.string(),
  index: Count,
  // Absent where nothing is repeated.
  repeat: Count.default(0),
  // Absent where nothing warms up.
  warmUp: Count.default(0),
  limits: z.object(LIMITS),
  // Absent where nothing limits how much is live at once.
  peaks: PeakLimits.nullable().default(null),
  reason: z.string().nullable(),
  hostBytes: HostBytes,
  // Absent where the test's marker says nothing of a leak.
  known: z
    .object({
      reason: z.string(),
      ref: z.string().nullable(),
      strict: z.boolean(),
      // Absent from plugins that do not look for it.
      place: SourceLine.nullable().default(null),
    })
    .nullable()
    .default(null),
});

const Blocks = z
  .object({
    kind: z.literal("blocks"),
    device: Count,
    memoryType: MemoryTypeName,
    added: z.array(BlockEntry),
    removed: z.array(BlockEntry),
  })
  .refine((message) => message.added.length + message.removed.length <= BLOCKS_PER_MESSAGE_MAX, {
    message: `more than ${BLOCKS_PER_MESSAGE_MAX} blocks in one message`,
  });

const MeasurementMessage = z.object({
  kind: z.literal("measurement"),
  moment: z.enum(MOMENTS),
  fixture: Fixture.nullable(),
  device: Device,
  usage: z.array(UsageEntry),
  liveBlocks: Count,
  cacheEntries: Count,
  // Absent where nothing is traced.
  trace: TraceMark.optional(),
});

const Unchanged = z.object({ kind: z.literal("unchanged"), device: Count, moment: z.enum(MOMENTS) });

const Context = z.object({
  kind: z.literal("context"),
  number: Count,
  // Absent where the plugin is older than peaks of tests.
  group: Count.nullable().default(null),
  phase: PhaseName.nullable(),
  fixture: Fixture.nullable(),
  // Absent outside of subtests.
  subtest: z.string().nullable().default(null),
  // Absent where the plugin is older than traced processes without pytest.
  atNs: Count.nullable().default(null),
});

const Tracing = z.object({
  kind: z.literal("tracing"),
  state: z.enum(["live", "unavailable"]),
  reason: z.string(),
  ring: z.string().nullable(),
});

const FixtureEnd = z.object({ kind: z.literal("fixture-end"), fixture: Fixture });

const NotChecked = z.object({
  kind: z.literal("not-checked"),
  reason: z.string(),
  // Absent unless its marker is why.
  mark: SourceLine.nullable().default(null),
});

/** The block that a message is about. */
const OF_BLOCK = { device: Count, memoryType: MemoryTypeName, address: Address };

const NotWarmedUp = z.object({ kind: z.literal("not-warmed-up"), reason: z.string() });
const NotRepeated = z.object({ kind: z.literal("not-repeated"), reason: z.string() });

const TensorMessage = z.object({
  kind: z.literal("tensor"),
  ...OF_BLOCK,
  ...TENSOR,
});

const Holders = z.object({
  kind: z.literal("holders"),
  ...OF_BLOCK,
  paths: z.array(z.string()),
});

const Waiting = z.object({
  kind: z.literal("waiting"),
  device: Count,
  blocks: z
    .array(z.tuple([MemoryTypeName, Address]).transform(([memoryType, address]) => ({ memoryType, address })))
    .max(BLOCKS_PER_MESSAGE_MAX),
});

const Searched = z.object({ kind: z.literal("searched"), device: Count });

const Kept = z.object({
  kind: z.literal("kept"),
  ...OF_BLOCK,
  by: z.enum(KEEPERS),
});

const DeviceEnd = z.object({ kind: z.literal("device-end"), device: Count });

const Inside = z.object({
  kind: z.literal("inside"),
  ...OF_BLOCK,
  functions: z.array(z.string()),
});

const OriginMessage = z.object({
  kind: z.literal("origin"),
  ...OF_BLOCK,
  operation: z.string(),
  stack: z.array(Frame),
});

/** Where an exception came from, innermost first. */
const RAISED_IN_MAX = 50;

const OfMemoryError = {
  kind: z.literal("memory-error"),
  stack: z.array(Frame).max(RAISED_IN_MAX),
  mark: Count.nullable(),
  atNs: Count,
};

const MemoryErrorMessage = z.discriminatedUnion("error", [
  z.object({ ...OfMemoryError, ...MEMORY_ERRORS.refused }),
  z.object({ ...OfMemoryError, ...MEMORY_ERRORS.clash }),
  z.object({ ...OfMemoryError, ...MEMORY_ERRORS.tooLarge }),
]);

const TestEnd = z.object({
  kind: z.literal("test-end"),
  test: z.string(),
  attempt: Attempt,
  outcome: OutcomeName,
  durationMs: z.number().nonnegative(),
  // Absent where the plugin is older than traced processes without pytest.
  atNs: Count.nullable().default(null),
  hostBytes: HostBytes,
});

const Bye = z.object({ kind: z.literal("bye"), exitStatus: z.number().int(), dropped: Count });

/** The schema of each message, by its kind. */
export const MESSAGES = {
  hello: Hello,
  "old-name": OldName,
  collected: Collected,
  "test-begin": TestBegin,
  blocks: Blocks,
  measurement: MeasurementMessage,
  unchanged: Unchanged,
  context: Context,
  tracing: Tracing,
  "fixture-end": FixtureEnd,
  "not-checked": NotChecked,
  "not-warmed-up": NotWarmedUp,
  "not-repeated": NotRepeated,
  tensor: TensorMessage,
  holders: Holders,
  waiting: Waiting,
  searched: Searched,
  kept: Kept,
  "device-end": DeviceEnd,
  origin: OriginMessage,
  inside: Inside,
  "memory-error": MemoryErrorMessage,
  "test-end": TestEnd,
  bye: Bye,
} as const;

type KnownMessage = z.output<(typeof MESSAGES)[keyof typeof MESSAGES]>;

/** A message of a kind that a later plugin may know and this engine does not. */
interface UnknownMessage {
  readonly kind: "unknown";
  readonly name: string;
}

/** What a plugin says, checked. */
export type PluginMessage = KnownMessage | UnknownMessage;

/** What a plugin says first. */
export type HelloMessage = z.output<typeof Hello>;

export function isKnownKind(kind: string): kind is keyof typeof MESSAGES {
  return Object.hasOwn(MESSAGES, kind);
}

/** What the hello says about the process. */
export function processInfoOf(hello: HelloMessage): ProcessInfo {
  const { kind: _kind, protocol: _protocol, session: _session, unsent: _unsent, ...info } = hello;
  return info;
}

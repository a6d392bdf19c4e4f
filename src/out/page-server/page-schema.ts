import { z } from "zod";
import { OUTCOMES } from "../../core/model/event.ts";
import { VERDICTS } from "../../core/model/finding.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import { PAGE_SCHEMA, type PageData } from "../../core/model/page.ts";

const Count = z.int().min(0);
const Bytes = z.int().describe("Bytes on each chip.");
const Index = Count.describe("Place in another list of this answer.");
const Text = z.string();
const Facts = z.array(z.object({ name: Text, text: Text }));
const MemoryType = z.enum(MEMORY_TYPES);
const Frame = z.object({ file: Text, line: Count, function: Text });
const Stack = z.array(Frame).describe("Innermost first.");
const Place = Frame.extend({
  operation: Text.nullable(),
  testLine: z.object({ file: Text, line: Count }).nullable(),
});
const Differences = z.array(z.number()).describe("Each as its difference from the one before.");

const Run = z.object({
  kind: z.enum(["fails", "nothing-checked", "incomplete", "clean", "running"]),
  headline: Text,
  next: Text,
  command: Text.nullable().describe("To paste; null: there is none."),
  watched: Text,
  recording: z
    .object({ file: Text, isRead: z.boolean().describe("Until then there is no verdict.") })
    .nullable()
    .describe("null: it is shown by who watched it."),
  startedAt: Text.describe("ISO 8601, UTC."),
  durationMs: z.number(),
  engine: Text,
  rootDir: Text,
  exitCode: z.int().nullable(),
  tests: z.object({ checked: Count, notChecked: Count, noDevice: Count }),
  facts: Facts,
  caveats: Facts.describe("What lowers confidence."),
  processes: z.array(z.array(Text)),
  remaining: z.array(Text),
  allocations: z.array(Text),
});

const Cause = z.object({
  id: Text.describe("The same in every report of the same line and holder."),
  verdict: z.enum(VERDICTS),
  fails: z.boolean(),
  sizeBytes: Bytes,
  memoryType: MemoryType.nullable(),
  title: Text,
  place: Place.nullable(),
  holder: Text.nullable(),
  findings: z.array(Index),
  count: Count,
});

const RunRef = z.object({ id: Text, startedAt: Text.describe("ISO 8601, UTC."), commit: Text.nullable() });

const History = z
  .object({
    state: z.enum(["new", "known", "came-back"]),
    formerly: Text.nullable().describe("Its signature while its test had another name."),
    first: RunRef.nullable().describe("null: no earlier run had it."),
    last: RunRef.nullable(),
    runs: Count.describe("Earlier runs that had it."),
    course: z
      .array(z.object({ atMs: z.number(), sizeBytes: Bytes, commit: Text.nullable() }))
      .describe(
        "What each run left that checked its tests, the oldest first, this one at the end. Times are ms since 1970.",
      ),
  })
  .describe("What earlier runs had of the signature.");

const Fixed = z.object({
  signature: Text,
  test: Text.nullable(),
  memoryType: MemoryType.nullable(),
  sizeBytes: Bytes,
  place: Place.nullable(),
  last: RunRef,
});

const Finding = z.object({
  verdict: z.enum(VERDICTS),
  fails: z.boolean(),
  subject: Text,
  nodeId: Text.nullable(),
  attempt: Count,
  test: Index.nullable(),
  device: z.int().nullable(),
  devices: Text,
  memoryType: MemoryType.nullable(),
  sizeBytes: Bytes,
  growth: Text,
  evidence: Text,
  facts: Facts,
  place: Place.nullable(),
  holders: z.array(Text),
  signature: Text,
  earlierSignatures: z.array(Text),
  history: History.nullable(),
  repeats: z.array(z.number()).describe("Net growth in the test and in each of its repeats."),
  buffers: z.array(z.object({ address: Text, sizeBytes: Bytes, tensor: Text.nullable() })),
  moreBuffers: Count,
  stack: Stack,
});

const Test = z.object({
  test: Text,
  attempt: Count,
  pid: Count,
  worker: Text.nullable(),
  outcome: z.enum(OUTCOMES).nullable(),
  durationMs: z.number().nullable(),
  state: z.enum(["checked", "not-checked", "no-device"]),
  held: z.array(
    z.object({
      device: z.int(),
      devices: Text,
      memoryType: MemoryType,
      banks: Count,
      totalBytesPerBank: Count,
      beforeBytes: Bytes,
      afterBytes: Bytes,
    }),
  ),
  peaks: z.array(
    z.object({ device: z.int(), memoryType: MemoryType, ownBytes: Bytes, totalBytes: Bytes, reachedAt: Text }),
  ),
  host: z.object({ beforeBytes: Count, afterBytes: Count }).nullable(),
  findings: z.array(Index),
});

const Shortage = z.object({
  kind: z.enum(["out-of-memory", "clash"]),
  head: Text,
  lines: z.array(Text),
  test: Text.nullable(),
  repeat: Count,
  isExpected: z.boolean(),
  pid: Count,
  atNs: z.number().nullable().describe("Nanoseconds from the beginning of the timeline."),
  device: z.int(),
  memoryType: MemoryType,
  askedBytesPerBank: Count.nullable(),
  room: z
    .object({
      totalBytesPerBank: Count,
      freeBytesPerBank: Count,
      largestFreeBytesPerBank: Count.nullable(),
      freePieces: Count.nullable(),
    })
    .nullable(),
  shortage: z.enum(["too-little", "fragmented", "larger-than-memory", "other"]).nullable(),
  owners: z.array(
    z.object({
      test: Text.nullable(),
      fixture: Text.nullable(),
      testsAgo: Count.nullable(),
      buffers: Count,
      bytesPerBank: Count,
      place: Place.nullable(),
      isInTheWay: z.boolean(),
    }),
  ),
  moreOwners: Count,
});

const Timeline = z
  .object({
    endNs: z.number(),
    bucketNs: z.number(),
    moreSeries: Count,
    tests: z.array(
      z.object({
        test: Text,
        attempt: Count,
        repeat: Count,
        pid: Count,
        beginNs: z.number(),
        endNs: z.number().nullable(),
        outcome: z.enum(OUTCOMES).nullable(),
        phases: z.array(z.object({ phase: z.enum(["setup", "call", "teardown", "fixture"]), beginNs: z.number() })),
      }),
    ),
    origins: z.array(z.object({ operation: Text.nullable(), stack: Stack })),
    series: z.array(
      z.object({
        pid: Count,
        device: z.int(),
        openedAs: z.int().nullable(),
        memoryType: MemoryType,
        knownFrom: z.enum(["events", "looks", "checkpoints"]),
        capacityBytes: Count.nullable(),
        lostRecords: Count,
        leastBytes: Differences,
        mostBytes: Differences,
        lastBytes: Differences,
      }),
    ),
    allocations: z.object({
      rows: Count,
      bornNs: Differences,
      livedNs: z.array(z.number()).describe("-1: it is live at the end."),
      address: Differences,
      sizeBytes: Differences,
      series: Differences,
      origin: Differences,
      test: Differences,
      freedIn: Differences,
      omitted: Count,
      omittedBelowNs: z.number(),
    }),
  })
  .describe('Nanoseconds from its beginning; docs/page.md, "Its data", tells what each list is.');

/** What a page shows, field by field: that all are here is checked by the compiler. */
export const PageSchema: z.ZodType<PageData> = z
  .object({
    schema: z.literal(PAGE_SCHEMA),
    run: Run,
    causes: z.array(Cause),
    findings: z.array(Finding),
    moreFindings: Count,
    fixed: z
      .array(Fixed)
      .nullable()
      .describe("What earlier runs left that is gone; null: no history was asked for, or it is empty."),
    tests: z.array(Test),
    moreTests: Count,
    shortages: z.array(Shortage),
    moreShortages: Count,
    timeline: Timeline.nullable(),
    snippets: z.array(z.object({ file: Text, firstLine: Count, lines: z.array(Text) })),
  })
  .describe("All that the page shows of a run. Fields may be added: ignore what you do not know.");

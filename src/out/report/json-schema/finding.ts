import { z } from "zod";
import { VERDICTS } from "../../../core/model/finding.ts";
import { BASELINE_STATES } from "../../../core/model/why-known.ts";
import {
  address,
  amount,
  attempt,
  bytes,
  chips,
  growthRate,
  memoryType,
  nullableText,
  origin,
  phase,
  sentences,
  test,
  text,
} from "./fields.ts";

const fixture = z
  .object({
    name: text("The fixture's name."),
    scope: z.enum(["session", "package", "module", "class", "function"]),
    baseId: text("pytest's node id below which the fixture is visible; empty: everywhere."),
  })
  .nullable();

const tensor = z
  .object({
    dtype: text("ttnn's name of the element type."),
    shape: z.array(z.int()),
    logicalBytes: bytes("Elements x element size, without padding or layout.").nullable(),
  })
  .nullable()
  .describe("The tensor that owns the buffer; null: not known.");

const frame = z.object({ file: text("Path."), line: z.int(), function: text("Qualified where Python offers it.") });

const allocated = z
  .object({
    test: test.nullable().describe("pytest's node id of the test in which it was allocated; null: outside of any."),
    phase: phase.nullable(),
    fixture: nullableText("Name of the wider fixture that was being set up."),
    subtest: nullableText(
      "The subtest that ran, by its message and parameters, after those around it; null: none, or it is not known.",
    ),
    stack: z.array(frame).describe("Python frames, innermost first; empty: stacks were off."),
    requestedBytes: bytes("As it was asked for, over all banks: without what the allocator adds.").nullable(),
    freedBy: test
      .nullable()
      .describe("pytest's node id of the test in which it was freed; null: it was not, or outside of any."),
  })
  .nullable()
  .describe("By the buffer's traced event; null: it was not traced.");

const findingBuffer = z.object({
  address,
  sizeBytes: bytes("Bytes per bank x banks, on each chip."),
  tensor,
  inside: z
    .array(z.string())
    .describe("The functions of ttnn in which it was allocated, outermost first; empty: not recorded (--explain)."),
  allocated,
});

/** `findings[]` */
export const finding = z
  .object({
    verdict: z.enum(VERDICTS).describe("What the growth is judged to be."),
    test: test.nullable().describe("pytest's node id; null: memory that appeared between tests."),
    attempt,
    phase: phase
      .nullable()
      .describe("In which part of the test it was allocated; fixture: by a fixture of wider scope."),
    fixture: fixture.describe("The wider fixture that allocated or held the memory."),
    device: z.int().nullable().describe("Logical id of the first chip; null: no device is concerned."),
    chips,
    memoryType: memoryType.nullable(),
    sizeBytes: bytes("Bytes per bank x banks, on each chip: the allocator's own difference."),
    bytesPerBank: bytes("The allocator's own difference in each bank."),
    banks: amount("Banks on each chip."),
    buffers: z.array(findingBuffer),
    subtests: z
      .array(
        z.object({
          subtest: text("By its message and parameters, after those around it."),
          buffers: amount("That it allocated."),
          sizeBytes: bytes("On each chip."),
        }),
      )
      .describe("What each subtest allocated of it, largest first; empty: no subtest did, or it is not known."),
    origin,
    holders: sentences(
      "What still holds the memory: paths such as test_decode._CACHE['kv'][0], or what C++ holds it, such as trace 3, captured and not released.",
    ),
    repeats: z
      .array(z.int())
      .describe("Net growth on each chip in the test and in each repeat of it, in bytes; empty: it was not repeated."),
    growsBy: growthRate.describe(
      "How much each repeat adds to what is held, the first run left out; null: it was not repeated.",
    ),
    warmUp: z
      .object({
        runs: amount("Runs of the test, itself included, that were only to warm up: the one after them is judged."),
        problem: nullableText("Why they did not, so that its own run is judged; null: they did."),
      })
      .nullable()
      .describe("null: the first run of the test is judged, or it is not a test's."),
    evidence: text("One or two sentences with numbers: why, and what to do."),
    fails: z.boolean().describe("Whether this finding makes the run fail."),
    known: z
      .object({
        by: z
          .enum(["mark", "suppression", "baseline"])
          .describe("Who says so: the test's marker, an entry of the suppressions, or the baseline."),
        reason: text("Why."),
        ref: nullableText("Where to read more, such as the URL of an issue."),
      })
      .nullable()
      .describe("Somebody knows of it, so it does not fail; null: nobody does."),
    baseline: z
      .enum(BASELINE_STATES)
      .nullable()
      .describe(
        "How it stands to the baseline; grew: all findings of its signature together are more than there; null: it is held against none.",
      ),
    markedAt: z
      .object({ file: text("Path."), line: z.int() })
      .nullable()
      .describe(
        "Where the marker of its test stands that says so, also for a leak that is gone; null: there is none, or it is not known.",
      ),
    signature: text("Stable across runs and builds: memory type, test without parameters, and a hash of the cause."),
    earlierSignatures: sentences("What earlier versions of tt-memwatch called it, newest first."),
    cause: text("What findings that have one cause share: verdict, memory type, line and operation, and holder."),
  })
  .describe("One verdict on what one test left on one device in one memory type.");

import { z } from "zod";
import { OUTCOMES } from "../../../core/model/event.ts";
import { amount, attempt, bytes, deviceNumber, memoryType, nullableText, origin, pid, test } from "./fields.ts";

const owner = z.object({
  test: test.nullable().describe("pytest's node id of the test that had allocated them; null: outside of any."),
  fixture: nullableText("Name of the wider fixture that had, in that test."),
  origin,
  testsAgo: z
    .int()
    .nullable()
    .describe("Tests of the process that began between that one and now; 0: the same test; null: not known."),
  ageMs: z
    .number()
    .nullable()
    .describe("How long before the oldest had been allocated, in milliseconds; null: not known."),
  buffers: amount("Buffers."),
  bytesPerBank: bytes("Of all of them, in each bank."),
});

/** As `RunOfTest` of the model. */
const runOfTest = {
  attempt: attempt.nullable().describe("Of that test, counted as in tests[]; null: outside of any."),
  repeat: amount("0: the test itself; n: its nth repeat (--confirm, --warm-up), which is not in tests[]."),
  outcome: z.enum(OUTCOMES).nullable().describe("Of that run of the test; null: it never ended, or outside of any."),
};

const room = z
  .object({
    totalBytesPerBank: bytes("Of the whole memory."),
    freeBytesPerBank: bytes("Of all free pieces."),
    largestFreeBytesPerBank: bytes("Of the largest free piece; null: not known.").nullable(),
    freePieces: amount("Free pieces; null: not known.").nullable(),
  })
  .nullable()
  .describe("How much of the memory was free, in each bank; null: nobody measured the device.");

const owners = z.array(owner).describe("Whose the live buffers are, by test and line, largest first.");

const knownFrom = z
  .enum(["events", "looks", "nothing"])
  .describe(
    "How it is known what was live: from the tracer; from a look at the allocator, which knows the line only of what an " +
      "earlier test left; or not: ttnn names no device, and it was closed since or more than one fits.",
  );

const isWhole = z.boolean().describe("Whether all that was live at that instant is known.");

/** `outOfMemory[]` */
export const outOfMemory = z
  .object({
    pid,
    source: z
      .enum(["events", "message"])
      .describe("Who reported it: the tracer, or the exception with which the test failed."),
    test: test.nullable().describe("pytest's node id of the test that ran out; null: outside of any."),
    ...runOfTest,
    ...deviceNumber,
    memoryType,
    sizeBytes: bytes(
      "Bytes per bank x banks that the allocator needed for it; where isExact is false, requestedBytes.",
    ),
    isExact: z.boolean().describe("Whether sizeBytes is as the allocator counts."),
    requestedBytes: bytes("Of the whole buffer that was asked for, over all banks."),
    bytesPerBank: bytes("What was asked for, in each bank."),
    origin,
    room,
    shortage: z
      .enum(["too-little", "fragmented", "larger-than-memory", "other"])
      .nullable()
      .describe(
        "Why: less was free than was asked for; enough was free, not in one piece; the memory is smaller than that; " +
          "a free piece was large enough, so another reason; null: not known.",
      ),
    liveBytesPerBank: bytes("Live in the same memory then, in each bank."),
    live: z.array(
      z.object({
        test: test.nullable().describe("pytest's node id of the test that had allocated it; null: outside of any."),
        fixture: nullableText("Name of the wider fixture that had."),
        buffers: amount("Buffers."),
        bytesPerBank: bytes("Of all of them, in each bank."),
      }),
    ),
    owners,
    fitsWithout: z
      .array(owner)
      .nullable()
      .describe(
        "The least that would have to be freed, by test and line: neighbours in memory, rather none of the test's own, " +
          "of the fewest owners, then of the fewest bytes; null: not known, or no freeing would have made room.",
      ),
    knownFrom,
    isWhole,
  })
  .describe("An allocation that failed, and whose memory was live then.");

const buffers = z.enum(["circular", "dataflow"]).describe("What ttnn calls the program's static buffers.");
const cores = z.string().describe("The cores, as ttnn writes them.");
const regionEnd = z.int().describe("The first address above the static buffers.");

/** `clashes[]` */
export const clash = z
  .object({
    pid,
    test: test.nullable().describe("pytest's node id of the test that failed; null: outside of any."),
    ...runOfTest,
    ...deviceNumber,
    error: z.discriminatedUnion("error", [
      z.object({
        error: z.literal("clash"),
        buffers,
        program: z.int().describe("ttnn's number of the program."),
        cores,
        lowestAddress: z.int().describe("Of the lowest buffer in L1."),
        regionEnd,
      }),
      z.object({
        error: z.literal("too-large"),
        buffers,
        cores,
        regionEnd,
        limit: z.int().describe("The address at which L1 ends."),
      }),
    ]),
    origin,
    regionBytes: bytes("What the static buffers need on each core; null: not known.").nullable(),
    room,
    liveBytesPerBank: bytes("Live in L1 then, in each bank."),
    owners,
    fitsWithout: z
      .array(owner)
      .nullable()
      .describe(
        "Whose buffers lie below the end of the static ones; null: not known, or no freeing would have helped.",
      ),
    knownFrom,
    isWhole,
  })
  .describe("A failed test whose program had static buffers that found no room in L1.");

import { z } from "zod";
import { amount, attempt, bytes, chips, memoryType, nullableText, pid, test } from "./fields.ts";

const usage = z
  .object({
    memoryType,
    banks: amount("Banks on each chip."),
    totalBytesPerBank: bytes("Size of each bank."),
    allocatedBytesPerBank: bytes("Allocated in each bank; held on each chip: this x banks."),
    largestFreeBytesPerBank: bytes(
      "Largest contiguous free block of each bank; null: not asked for since blocks came or went.",
    ).nullable(),
  })
  .describe("The allocator's own figures for one memory type.");

const deviceOfTest = z.object({
  device: z.int().describe("Logical id of the first chip."),
  chips,
  before: z.array(usage),
  after: z.array(usage),
  liveBlocksBefore: amount("Allocated blocks when the test began."),
  liveBlocksAfter: amount("Allocated blocks when it was over."),
  cacheEntriesBefore: amount("Program cache entries when the test began."),
  cacheEntriesAfter: amount("Program cache entries when it was over."),
});

/** `tests[]` */
export const testReport = z.object({
  test,
  attempt,
  pid,
  session: amount("Number of the pytest session in that process, from 1."),
  worker: nullableText("pytest-xdist's worker; null: without xdist."),
  outcome: z
    .enum(["passed", "failed", "skipped", "xfailed", "xpassed", "error"])
    .nullable()
    .describe("null: the test began and never ended."),
  durationMs: z.number().nonnegative().nullable().describe("Milliseconds; null: the test never ended."),
  state: z
    .enum(["checked", "not-checked", "no-device"])
    .describe("no-device: it used none, so there was nothing to check."),
  devices: z.array(deviceOfTest),
  otherPids: z.array(pid).describe("Processes without pytest that allocated or freed while it ran."),
});

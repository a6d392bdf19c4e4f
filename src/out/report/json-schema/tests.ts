import { z } from "zod";
import { OUTCOMES } from "../../../core/model/event.ts";
import {
  amount,
  attempt,
  bytes,
  chips,
  deviceNumber,
  memoryType,
  nullableText,
  origin,
  phase,
  pid,
  test,
} from "./fields.ts";

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

const share = z.object({
  origin,
  buffers: amount("Buffers."),
  sizeBytes: bytes("Bytes per bank x banks, on each chip."),
  bytesPerBank: bytes("Of all of them, in each bank."),
});

const circular = z
  .object({
    bytesPerCore: bytes("Of the program with the most."),
    withBuffersBytesPerCore: bytes("Of the program with the most when the buffers that were live then are added."),
  })
  .describe("Circular buffers of programs that were dispatched for the first time, on each core.");

const peak = z
  .object({
    ...deviceNumber,
    memoryType,
    source: z
      .enum(["traced", "looks"])
      .describe("traced: of every instant; looks: of the instants at which the allocator was asked."),
    isExact: z
      .boolean()
      .describe("Whether all sizes are as the allocator counts; else some are as they were asked for."),
    ownBytes: bytes("Of the test itself, function-scoped fixtures included, on each chip."),
    totalBytes: bytes("Of everything that was live, whoever allocated it."),
    totalBytesPerBank: bytes("The same, in each bank."),
    phase: phase.nullable().describe("In which ownBytes was reached; null: not known, or the test allocated nothing."),
    origin: origin.describe("The line that reached ownBytes."),
    ownBytesPerBank: bytes("Of the test itself, in each bank; null: not traced.").nullable(),
    othersBytes: bytes("Live at that instant and allocated by others; null: not traced.").nullable(),
    intermediatesBytes: bytes("Of ownBytes: what operations gave back before they ended; null: not traced.").nullable(),
    largest: z.array(share).describe("What ownBytes was made of, by line, largest first; up to 5."),
    circular: circular.nullable().describe("null: not L1, or no program was seen to be dispatched."),
  })
  .describe("The most that was live at once while the test ran, in one memory type.");

/** `tests[]` */
export const testReport = z.object({
  test,
  attempt,
  pid,
  session: amount("Number of the pytest session in that process, from 1."),
  worker: nullableText("pytest-xdist's worker; null: without xdist."),
  outcome: z.enum(OUTCOMES).nullable().describe("null: the test began and never ended."),
  durationMs: z.number().nonnegative().nullable().describe("Milliseconds; null: the test never ended."),
  state: z
    .enum(["checked", "not-checked", "no-device"])
    .describe("no-device: it used none, so there was nothing to check."),
  devices: z.array(deviceOfTest),
  peaks: z.array(peak),
  host: z
    .object({ beforeBytes: bytes("When the test began."), afterBytes: bytes("When it was over.") })
    .nullable()
    .describe(
      "Host memory that was the process's own, which is resident and not shared; null: not looked at, or the test never ended.",
    ),
  otherPids: z.array(pid).describe("Processes without pytest that allocated or freed while it ran."),
});

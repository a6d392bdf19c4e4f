import { z } from "zod";
import { address, amount, bytes, memoryType, nullableText, origin, pid, test } from "./fields.ts";

/** `remaining[]`, and what was live when a process was lost. */
export const held = z
  .object({
    pid,
    device: z.int().describe("Logical id of the first chip."),
    memoryType,
    sizeBytes: bytes("Of all these buffers, on each chip."),
    buffers: z.array(
      z.object({
        address,
        sizeBytes: bytes("Bytes per bank x banks, on each chip."),
        test: test.nullable().describe("pytest's node id of the test that left it; null: not known."),
      }),
    ),
  })
  .describe("Blocks that were live, of one memory type on one device.");

/** `outOfMemory[]` */
export const outOfMemory = z
  .object({
    pid,
    test: test.nullable().describe("pytest's node id of the test that ran out; null: outside of any."),
    device: z.int().describe("Logical id of the first chip; where it is not known, openedAs."),
    openedAs: z
      .int()
      .nullable()
      .describe(
        "Where the chip is not known, ttnn's id of the device, another one for each opening, or -1; else null.",
      ),
    memoryType,
    sizeBytes: bytes(
      "Bytes per bank x banks that the allocator needed for it; where isExact is false, requestedBytes.",
    ),
    isExact: z.boolean().describe("Whether sizeBytes is as the allocator counts."),
    requestedBytes: bytes("Of the whole buffer that was asked for, over all banks."),
    origin,
    liveBytesPerBank: bytes("Live in the same memory then, in each bank."),
    live: z.array(
      z.object({
        test: test.nullable().describe("pytest's node id of the test that had allocated it; null: outside of any."),
        fixture: nullableText("Name of the wider fixture that had."),
        buffers: amount("Buffers."),
        bytesPerBank: bytes("Of all of them, in each bank."),
      }),
    ),
  })
  .describe("An allocation that failed, and whose memory was live then.");

import { z } from "zod";
import { address, amount, bytes, deviceNumber, memoryType, nullableText, origin, phase, pid, test } from "./fields.ts";

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

/** `exposedToReplay[]` */
export const exposedToReplay = z
  .object({
    pid,
    test: test.nullable().describe("pytest's node id of the test that allocated them; null: outside of any."),
    phase: phase.nullable().describe("Of that test; null: not known, or outside of any."),
    fixture: nullableText("Name of the wider fixture that was set up; null: none was."),
    ...deviceNumber,
    memoryType,
    buffers: amount("Buffers."),
    sizeBytes: bytes("Of all of them: bytes per bank x banks, on each chip."),
    isExact: z
      .boolean()
      .describe("Whether sizeBytes is as the allocator counts; else some are as they were asked for."),
    replayed: amount("Of the buffers, those that were live at a replay of what was captured before them."),
    origin,
  })
  .describe(
    "What one line allocated on a device while operations that had been captured could be replayed, and was not freed before a replay.",
  );

import { z } from "zod";
import { address, bytes, memoryType, pid, test } from "./fields.ts";

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

import { z } from "zod";
import { VERDICTS } from "../../../core/model/finding.ts";
import { amount, attempt, bytes, pid, test, text } from "./fields.ts";

const serverGroup = z.object({
  device: z.int().describe("Logical id, as the client sent it."),
  memoryType: text("DRAM, L1, SYSTEM_MEMORY, L1_SMALL or TRACE."),
  buffers: amount("Live buffers."),
  sizeBytes: bytes("Of all these buffers."),
});

/** `allocations` */
export const allocations = z
  .object({
    socket: text("The allocation server's socket."),
    isOwn: z.boolean().describe("Whether the server was this run's own, or one that was running already."),
    live: amount("Buffers allocated during the run that are live at its end."),
    groups: z.array(serverGroup),
    total: z.array(serverGroup).describe("All that is live on the server at the run's end, whenever it was allocated."),
    findings: z.array(
      serverGroup.extend({
        rule: text("Name of the rule that decided."),
        verdict: z.enum(VERDICTS).describe("What they are judged to be."),
        evidence: text("One or two sentences with numbers: why, and what would change the verdict."),
        pids: z.array(pid).describe("Processes that own them, ascending; the first ones."),
        fails: z.boolean().describe("Whether this finding makes the run fail."),
      }),
    ),
    tests: z
      .array(
        z.object({
          test,
          attempt,
          others: amount("Tests that ended in the same process before the server was asked: this may be theirs."),
          pid,
          groups: z
            .array(serverGroup)
            .describe("Reported since the process's test before this one ended, and live when this one ended."),
        }),
      )
      .describe("Tests that left anything, by what their processes reported, in the order they ended."),
    atExit: z
      .array(z.object({ pid, buffers: amount("Buffers."), sizeBytes: bytes("Of all of them.") }))
      .describe("Processes that ended with buffers they had not freed."),
  })
  .nullable()
  .describe("What a patched tt-metal reported to an allocation server; null: none took part.");

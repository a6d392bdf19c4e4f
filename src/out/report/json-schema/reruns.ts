import { z } from "zod";
import { amount, bytes, growthRate, nullableText, test } from "./fields.ts";

/** `reruns` */
export const reruns = z
  .object({
    runs: amount("Runs that are compared, the warm-up included: not those that were cut short."),
    memory: z.array(
      z.object({
        source: z
          .enum(["tests", "server", "at-exit"])
          .describe(
            "tests: held when last measured; server: live on the allocation server; at-exit: never freed by a process that ended.",
          ),
        device: z.int().nullable(),
        memoryType: nullableText("null: of any."),
        sizeBytes: z.array(bytes("What one run left.")).describe("The warm-up first."),
        growsBy: growthRate.describe(
          "How much more each run leaves than the one before, the warm-up left out; null: two runs are too few.",
        ),
        trend: z.enum(["grows", "steady", "varies", "unknown"]).describe("Once the warm-up is left out."),
      }),
    ),
    inEveryRun: z.array(test).describe("Tests that left something in every run after the first."),
    onlyInWarmUp: z.array(test).describe("Tests that left something in the first run only."),
  })
  .nullable()
  .describe("What running the command several times showed (--runs); null: it was run once.");

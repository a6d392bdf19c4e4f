import { z } from "zod";
import { amount, bytes, memoryType, nullableText, test, text } from "./fields.ts";

const matched = {
  findings: amount("Findings that it matches."),
  sizeBytes: bytes("What they are together, on each chip."),
  buffers: amount("What they are together."),
};

/** `suppressions` */
export const suppressions = z
  .object({
    file: text("As it was named."),
    entries: z.array(
      z.object({
        reason: text("Why what it matches is accepted."),
        owner: nullableText("Who accepts it."),
        ref: nullableText("Where to read more, such as the URL of an issue."),
        signature: nullableText("Of the findings that it matches; null: any."),
        tests: nullableText("A pattern of node ids; null: any."),
        memoryType: memoryType.nullable().describe("null: any."),
        origin: nullableText("A pattern of operations, files, or file::function; null: any."),
        holder: nullableText("A pattern of holders; null: any."),
        maxBytes: bytes("How much it allows, on each chip; null: any amount.").nullable(),
        maxBuffers: amount("How many it allows; null: any number.").nullable(),
        until: nullableText("The last day on which it holds, YYYY-MM-DD; null: it has none."),
        line: z.int().nullable().describe("In its file."),
        state: z
          .enum(["used", "exceeded", "expired", "unused", "not-checked"])
          .describe(
            "used: what it matches does not fail; exceeded: that is more than it allows; expired: its last day has passed; unused: it matches nothing; not-checked: none of its tests was checked.",
          ),
        ...matched,
      }),
    ),
  })
  .nullable()
  .describe("How often each suppression was used; null: none were named.");

const baselineEntry = z.object({
  signature: text("As in findings."),
  test: test.nullable().describe("Node id without parameters; null: it is not a test's."),
  sizeBytes: bytes("What its findings are together, on each chip."),
  buffers: amount("What they are together."),
  checkedTests: amount("Tests of that name that were checked; null: it is not a test's, or not known.").nullable(),
});

/** `baseline` */
export const baseline = z
  .object({
    name: text("As it was named."),
    entries: amount("How many it has."),
    findings: z
      .object({ new: amount("Not in it."), grew: amount("More than in it."), known: amount("In it.") })
      .describe("Findings of the run."),
    gone: z.array(baselineEntry).describe("What it has and the run did not leave, although the test was checked."),
    notChecked: amount("Entries whose test was not checked, or fewer of its parameters."),
    withoutFile: z
      .array(baselineEntry)
      .describe("Of these, the entries whose test's file is gone, and no test of that name was checked in a new file."),
  })
  .nullable()
  .describe("How the run compares with its baseline; null: it is held against none.");

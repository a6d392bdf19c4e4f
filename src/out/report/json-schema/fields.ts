import { z } from "zod";
import { MEMORY_TYPES } from "../../../core/model/memory-type.ts";

export const bytes = (description: string) => z.int().nonnegative().describe(`${description} Bytes.`);
export const amount = (description: string) => z.int().nonnegative().describe(description);
export const text = (description: string) => z.string().describe(description);
export const nullableText = (description: string) => z.string().nullable().describe(description);
export const sentences = (description: string) => z.array(z.string()).describe(description);

export const address = z
  .string()
  .regex(/^0x[0-9a-f]+$/)
  .describe("The same address in every bank, hexadecimal: it may need 64 bits.");
export const chips = z.array(z.int()).describe("Logical ids of the chips, in mesh order: each holds the given size.");
export const memoryType = z.enum(MEMORY_TYPES);
export const test = text("pytest's node id.");
export const attempt = z
  .int()
  .positive()
  .describe("From 1: reruns of a failed test are further attempts, and so is the test in a later session.");
export const pid = z.int().describe("Process id on the host that ran the tests.");

export const phase = z.enum(["setup", "call", "teardown", "fixture"]);

export const origin = z
  .object({
    operation: nullableText("The ttnn operation that allocated; null: not known."),
    file: text("Of the Python call site."),
    line: z.int(),
    function: text("The Python function that called it."),
    testLine: z
      .object({ file: text("Of the test."), line: z.int() })
      .nullable()
      .describe("Where the test called what allocated; null: it is the same line, or not known."),
  })
  .nullable()
  .describe("Where the memory was allocated; null: not known.");

/** As `GrowthRate` of the model. */
export const growthRate = z
  .object({
    bytes: z.int().describe("Theil and Sen's slope, on each chip. Below 0: it shrinks."),
    lowBytes: z
      .int()
      .nullable()
      .describe("It is between this and the next with 95 % confidence; null: too few values."),
    highBytes: z.int().nullable(),
  })
  .nullable();

/** As `DeviceNumber` of the model. */
export const deviceNumber = {
  device: z.int().describe("Logical id of the first chip; where it is not known, openedAs."),
  openedAs: z
    .int()
    .nullable()
    .describe("Where the chip is not known, ttnn's id of the device, another one for each opening, or -1; else null."),
};

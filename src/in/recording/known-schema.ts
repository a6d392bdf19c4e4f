import * as z from "zod";
import type { Baseline } from "../../core/model/baseline.ts";
import type { KnownFindings } from "../../core/model/known-findings.ts";
import type { Suppressions } from "../../core/model/suppression.ts";
import { Count, MemoryTypeName } from "../fields/event-fields.ts";

const SuppressionsInForce: z.ZodType<Suppressions> = z.object({
  file: z.string(),
  path: z.string(),
  entries: z.array(
    z.object({
      reason: z.string(),
      owner: z.string().nullable(),
      ref: z.string().nullable(),
      signature: z.string().nullable(),
      tests: z.string().nullable(),
      memoryType: MemoryTypeName.nullable(),
      origin: z.string().nullable(),
      holder: z.string().nullable(),
      maxBytes: Count.nullable(),
      maxBuffers: Count.nullable(),
      until: z.iso.date().nullable(),
      line: Count.nullable(),
    }),
  ),
});

const BaselineInForce: z.ZodType<Baseline> = z.object({
  name: z.string(),
  tolerance: z.object({ bytes: Count, share: z.number().nonnegative() }),
  entries: z.array(
    z.object({
      signature: z.string(),
      test: z.string().nullable(),
      sizeBytes: Count,
      buffers: Count,
      // Recordings from before it was counted do not say.
      checkedTests: Count.nullable().default(null),
    }),
  ),
});

/** What was known of the findings of a run. */
export const KnownInForce: z.ZodType<KnownFindings> = z.object({
  suppressions: SuppressionsInForce.nullable(),
  baseline: BaselineInForce.nullable(),
});

import { z } from "zod";
import { finding } from "./json-schema/finding.ts";
import { baseline, suppressions } from "./json-schema/known.ts";
import { exposedToReplay, held } from "./json-schema/memory.ts";
import { reruns } from "./json-schema/reruns.ts";
import { run } from "./json-schema/run.ts";
import { allocations } from "./json-schema/server.ts";
import { clash, outOfMemory } from "./json-schema/shortages.ts";
import { testReport } from "./json-schema/tests.ts";

/** Names the shape of the JSON report. A new field leaves it as it is; a changed or removed one raises the number. */
export const REPORT_SCHEMA_ID = "urn:tt-memwatch:report:4";

/** The JSON report, field by field: what is written is checked against this type by the compiler. */
export const reportSchema = z
  .object({
    schema: z.literal(REPORT_SCHEMA_ID).describe("Names this shape."),
    run,
    tests: z.array(testReport),
    findings: z
      .array(finding)
      .describe("Failing ones first, then the gravest verdict; within a verdict in the order in which the tests ran."),
    remaining: z.array(held).describe("Memory no test had given back when its device was last measured."),
    outOfMemory: z.array(outOfMemory),
    clashes: z.array(clash),
    exposedToReplay: z
      .array(exposedToReplay)
      .describe("Buffers that a replay may overwrite: those that were live at one first, then the largest."),
    allocations,
    reruns,
    suppressions,
    baseline,
  })
  .describe(
    "What tt-memwatch found in one run. Sizes are bytes, per chip; 1 KB = 1024 bytes. Fields may be added: ignore what you do not know.",
  );

export type JsonReport = z.infer<typeof reportSchema>;

/**
 * The JSON Schema (draft 2020-12) of the JSON report, as published in docs/report.schema.json.
 *
 * @internal Its test publishes it.
 */
export function reportJsonSchema(): string {
  // As input: the schema then lets a reader accept fields that a later version adds.
  const schema = z.toJSONSchema(reportSchema, { target: "draft-2020-12", io: "input" });
  const { $schema, ...rest } = schema;
  return `${JSON.stringify({ $schema, $id: REPORT_SCHEMA_ID, title: "tt-memwatch report", ...rest }, null, 2)}\n`;
}

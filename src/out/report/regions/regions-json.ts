import { z } from "zod";
import {
  REGION_LAYOUTS,
  REGION_MEMORY_TYPES,
  REGION_PROCESS_STATES,
  REGIONS_SCHEMA,
  type RegionsSnapshot,
} from "../../../core/model/memory-region.ts";

const size = z.int().nonnegative();
const text = z.string();
const time = text.describe("ISO 8601, UTC.");
const memoryType = z.enum(REGION_MEMORY_TYPES);

const memory = z.object({
  memoryType,
  usedBytes: size.describe("Of processes that run."),
  unverifiableBytes: size.describe("Of processes of which that is not known."),
  staleBytes: size.describe("Of processes that ended without giving it back: tt-metal leaves their rows."),
  unattributedBytes: size
    .nullable()
    .describe("In the region's total and in no process's row; null: the total says nothing of that."),
  totalBytes: size.nullable().describe("The region's own total; null: the counter ran below zero."),
});

const process = z.object({
  pid: z.int().describe("As the process sees itself."),
  localPid: z.int().nullable().describe("Its pid here; null: not known, or it has ended."),
  state: z
    .enum(REGION_PROCESS_STATES)
    .describe("`unverifiable`: it may be in a container that cannot be seen from here, or another user's."),
  name: text.describe("The first 15 characters of what it was called."),
  updatedAt: time,
  bytes: z
    .partialRecord(memoryType, size.nullable())
    .describe("What was asked for, over all banks of one chip, by memory type; null: the counter ran below zero."),
});

const region = z.object({
  path: text,
  chip: text.regex(/^0x[0-9a-f]{1,16}$/).describe("What the file is named after, in hexadecimal."),
  isChipKnown: z
    .boolean()
    .describe("Whether that is the chip's own id, the same in each run and process; else it is a logical device id."),
  device: z.int().describe("Logical id of the chip as the last process to attach saw it."),
  layout: z.enum(REGION_LAYOUTS),
  updatedAt: time,
  isFull: z.boolean().describe("Whether all rows are taken: of one process more nothing is known."),
  memories: z.array(memory),
  processes: z.array(process),
});

const regions: z.ZodType<RegionsSnapshot> = z
  .object({
    schema: z.literal(REGIONS_SCHEMA),
    at: time,
    folder: text,
    regions: z.array(region).describe("By id."),
    unread: z.array(z.object({ path: text, reason: text })).describe("Files of a region's name that are not read."),
    leftOut: z.int().nonnegative().describe("Files beyond those that are read."),
  })
  .describe(
    "What programs on tt-metal hold by their own count, in shared memory. Sizes are bytes. Fields may be added: ignore what you do not know.",
  );

/** What was read, for programs. */
export function regionsJson(snapshot: RegionsSnapshot): string {
  return `${JSON.stringify(snapshot, null, 2)}\n`;
}

/**
 * The JSON Schema (draft 2020-12) of `regions --json`, as published in docs/regions.schema.json.
 *
 * @internal Its test publishes it.
 */
export function regionsJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(regions, { target: "draft-2020-12", io: "input" });
  return `${JSON.stringify({ $schema, $id: REGIONS_SCHEMA, title: "tt-memwatch regions", ...rest }, null, 2)}\n`;
}

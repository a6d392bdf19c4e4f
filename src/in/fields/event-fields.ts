import * as z from "zod";
import { OUTCOMES } from "../../core/model/event.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";

/** What a plugin's messages and a recording's events are made of alike. */

export const Count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
export const Attempt = Count.min(1);
export const MemoryTypeName = z.enum(MEMORY_TYPES);
export const Address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,16}$/)
  .transform((hex) => BigInt(hex));
const Shape = z.array(Count);
export const PhaseName = z.enum(["setup", "call", "teardown", "fixture"]);
export const OutcomeName = z.enum(OUTCOMES);
export const ClearModeName = z.enum(["always", "growth", "never"]);
export const RoleName = z.enum(["single", "worker", "controller", "fork"]);

export const Fixture = z.object({
  name: z.string(),
  scope: z.enum(["session", "package", "module", "class", "function"]),
  baseId: z.string(),
});

export const Device = z.object({ key: Count, chips: z.array(Count), shape: Shape, parent: Count.nullable() });

/** Where a measurement is in the stream of traced events. */
export const TraceMark = z.object({ mark: Count, isStill: z.boolean(), listed: z.array(MemoryTypeName) });

export const Frame = z.object({ file: z.string(), line: Count, function: z.string() });
export const SourceLine = z.object({ file: z.string(), line: Count });

/** In all, and by memory type. */
export const LIMITS = { total: Count.nullable(), perType: z.partialRecord(MemoryTypeName, Count) };
export const PeakLimits = z.object({ ...LIMITS, l1PerCore: Count.nullable() });

export const TENSOR = { dtype: z.string(), shape: Shape, logicalBytes: Count.nullable() };

const StaticBuffers = z.enum(["circular", "dataflow"]);

/** What ttnn said when a test ran out of memory, by its kind. */
export const MEMORY_ERRORS = {
  refused: {
    error: z.literal("refused"),
    memoryType: MemoryTypeName,
    requestedBytes: Count,
    banks: Count,
    bytesPerBank: Count,
    totalBytesPerBank: Count.nullable(),
    allocatedBytesPerBank: Count.nullable(),
    freeBytesPerBank: Count.nullable(),
    largestFreeBytesPerBank: Count.nullable(),
  },
  clash: {
    error: z.literal("clash"),
    buffers: StaticBuffers,
    program: Count,
    cores: z.string(),
    lowestAddress: Count,
    regionEnd: Count,
  },
  tooLarge: {
    error: z.literal("too-large"),
    buffers: StaticBuffers,
    cores: z.string(),
    regionEnd: Count,
    limit: Count,
  },
} as const;

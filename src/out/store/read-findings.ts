import type { Selectable } from "kysely";
import { z } from "zod";
import { VERDICTS } from "../../core/model/finding.ts";
import type { StoredFinding } from "../../core/model/history.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import type { Tables } from "./tables.ts";

const SourceLine = z.object({ file: z.string(), line: z.number() });

const Detail = z.object({
  origin: z
    .object({
      ...SourceLine.shape,
      operation: z.string().nullable(),
      function: z.string(),
      testLine: SourceLine.nullable(),
    })
    .nullable(),
  holders: z.array(z.string()),
  known: z
    .object({ by: z.enum(["mark", "suppression", "baseline"]), reason: z.string(), ref: z.string().nullable() })
    .nullable(),
});

const Verdict = z.enum(VERDICTS);
const MemoryType = z.enum(MEMORY_TYPES).nullable();

type FindingRow = Pick<
  Selectable<Tables["memwatch_finding"]>,
  "verdict" | "attempt" | "device" | "memory_type" | "size_bytes" | "buffers" | "fails" | "detail"
>;

/** `names`: its signature, then what earlier versions called it. */
export function storedFinding(row: FindingRow, test: string | null, names: readonly string[]): StoredFinding {
  const [signature = "", ...earlierSignatures] = names;
  return {
    verdict: Verdict.parse(row.verdict),
    test,
    attempt: row.attempt,
    device: row.device,
    memoryType: MemoryType.parse(row.memory_type),
    sizeBytes: row.size_bytes,
    buffers: row.buffers,
    fails: row.fails === 1,
    ...Detail.parse(JSON.parse(row.detail)),
    signature,
    earlierSignatures,
  };
}

import { z } from "zod";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { VERDICTS } from "../../core/model/finding.ts";
import type { StoredRun } from "../../core/model/history.ts";
import { MemoryTypeName, OutcomeName, SourceLine } from "../fields/event-fields.ts";

/** Longest line that is read, in bytes: a run of half a million tests. */
export const EXPORTED_LINE_BYTES_MAX = 134_217_728;

const ID = "urn:tt-memwatch:history-run:";
const VERSION = 1;

/** Characters of a fault that are shown. */
const FAULT_LENGTH_MAX = 200;

const Bytes = z.int();
const Amounts = z.partialRecord(MemoryTypeName, Bytes);
const Text = z.string().nullable();

const Test = z.object({
  test: z.string(),
  outcome: OutcomeName.nullable(),
  state: z.enum(["checked", "not-checked", "no-device"]),
  durationMs: z.number().nullable(),
  left: Amounts,
  peak: Amounts,
  endedMidway: z.boolean().optional(),
});

const Finding = z.object({
  verdict: z.enum(VERDICTS),
  test: Text,
  attempt: z.int32().positive(),
  device: z.int32().nullable(),
  memoryType: MemoryTypeName.nullable(),
  sizeBytes: Bytes,
  buffers: z.int32().nonnegative(),
  origin: z
    .object({ operation: Text, ...SourceLine.shape, function: z.string(), testLine: SourceLine.nullable() })
    .nullable(),
  holders: z.array(z.string()),
  fails: z.boolean(),
  known: z.object({ by: z.enum(["mark", "suppression", "baseline"]), reason: z.string(), ref: Text }).nullable(),
  signature: z.string(),
  earlierSignatures: z.array(z.string()),
});

const Run: z.ZodType<StoredRun> = z.object({
  id: z.string().regex(/^[0-9a-f]{12}$/),
  command: z.array(z.string()),
  cwd: z.string(),
  engine: z.string(),
  ttnn: Text,
  python: Text,
  host: Text,
  branch: Text,
  board: Text,
  job: Text,
  labels: z.record(z.string(), z.string()),
  commit: Text,
  startedAt: z.iso.datetime(),
  durationMs: z.number().nonnegative(),
  exitCode: z.int32(),
  commandExitCode: z.int32().nullable(),
  tests: z.array(Test),
  findings: z.array(Finding),
});

/**
 * A run from a line that `history export` wrote.
 *
 * @param place of the line, for the message
 * @throws UsageError where it is none, or one of a version that is not read
 */
export function parseExportedRun(line: string, place: string): StoredRun {
  const value = parseJson(line, place);
  checkVersion(value, place);
  const result = Run.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw fault(place, `${issue?.path.map(String).join(".")} is wrong: ${issue?.message}`);
}

function parseJson(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw fault(place, `it is not a line that tt-memwatch history export wrote: ${error.message}`);
  }
}

function checkVersion(value: unknown, place: string): void {
  const schema = z.object({ schema: z.string() }).safeParse(value).data?.schema ?? "";
  const version = schema.startsWith(ID) ? Number(schema.slice(ID.length)) : Number.NaN;
  if (!Number.isSafeInteger(version)) throw fault(place, "it is not a line that tt-memwatch history export wrote");
  if (version > VERSION) {
    throw fault(
      place,
      `its version is ${version}, and this tt-memwatch reads up to ${VERSION}; use a newer tt-memwatch`,
    );
  }
}

function fault(place: string, what: string): UsageError {
  return new UsageError(`${place}: ${printable(what).slice(0, FAULT_LENGTH_MAX)}`);
}

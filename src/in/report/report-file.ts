import * as z from "zod";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { OUTCOMES } from "../../core/model/event.ts";
import { VERDICTS } from "../../core/model/finding.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import { PROCESS_ENDS, type ProcessEnd } from "../../core/model/run-record.ts";
import type { ProcessReport, RunReport } from "../../core/model/run-report.ts";

/** Largest report that is read, in bytes: that of 40,000 tests has 130 MB. */
export const REPORT_BYTES_MAX = 268_435_456;

const ID = "urn:tt-memwatch:report:";
/** Versions of the report in which everything that is read of it means the same. */
const OLDEST = 3;
const NEWEST = 4;

/** Longest part of a report that an error shows, in characters. */
const SHOWN_CHARACTERS_MAX = 60;

const Line = z.object({ file: z.string(), line: z.int() });

const Origin = z.object({
  operation: z.string().nullable(),
  ...Line.shape,
  function: z.string(),
  testLine: Line.nullable(),
});

/** A mark is the only way to know of a leak in reports that do not say. */
const Known = z.object({
  by: z.enum(["mark", "suppression", "baseline"]).default("mark"),
  reason: z.string(),
  ref: z.string().nullable(),
});

const Finding = z.object({
  verdict: z.enum(VERDICTS),
  test: z.string().nullable(),
  attempt: z.int(),
  device: z.int().nullable(),
  memoryType: z.enum(MEMORY_TYPES).nullable(),
  sizeBytes: z.int().nonnegative(),
  buffers: z.array(z.unknown()),
  origin: Origin.nullable(),
  holders: z.array(z.string()),
  fails: z.boolean(),
  known: Known.nullable(),
  signature: z.string(),
  // Reports from before there was a second version do not say.
  earlierSignatures: z.array(z.string()).default([]),
});

const Report = z.object({
  run: z.object({
    command: z.array(z.string()),
    startedAt: z.string(),
    processes: z
      .array(z.object({ rootDir: z.string(), pid: z.int().optional(), end: z.enum(PROCESS_ENDS).optional() }))
      .default([]),
  }),
  tests: z.array(
    z.object({
      test: z.string(),
      state: z.enum(["checked", "not-checked", "no-device"]),
      outcome: z.enum(OUTCOMES).nullable(),
      pid: z.int().optional(),
    }),
  ),
  findings: z.array(Finding),
});

/** What a later run is compared with, of a report that was written as JSON. */
export interface ReportFile {
  readonly run: Pick<RunReport["run"], "command" | "startedAt"> & {
    readonly processes: readonly (Pick<ProcessReport, "rootDir"> & {
      readonly pid?: number | undefined;
      readonly end?: ProcessEnd | undefined;
    })[];
  };
  readonly tests: readonly (Pick<RunReport["tests"][number], "test" | "state" | "outcome"> & {
    readonly pid?: number | undefined;
  })[];
  readonly findings: readonly z.output<typeof Finding>[];
}

/**
 * Reads a report that `--json` wrote.
 *
 * @param name the file as the user named it
 * @throws UsageError where it is none, or one of a version that is not read
 */
export function parseReport(text: string, name: string): ReportFile {
  const value = parseJson(text, name);
  checkVersion(value, name);
  const result = Report.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.map(String).join(".") ?? "";
  throw new UsageError(`${name}: ${where.slice(0, SHOWN_CHARACTERS_MAX)} is wrong: ${issue?.message}`);
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`${name}: it is no JSON (${printable(error.message)}); ${WANTED}`);
  }
}

const WANTED = "wanted a report that tt-memwatch run --json FILE wrote";

function checkVersion(value: unknown, name: string): void {
  const schema = z.object({ schema: z.string() }).safeParse(value).data?.schema;
  const digits = schema?.startsWith(ID) === true ? schema.slice(ID.length) : "";
  if (!/^\d{1,9}$/.test(digits)) {
    const found = schema === undefined ? "" : ` (its schema is ${shown(schema)})`;
    throw new UsageError(`${name}: it is not a report of tt-memwatch${found}; ${WANTED}`);
  }
  const version = Number(digits);
  if (version > NEWEST) {
    throw new UsageError(
      `${name}: its version is ${version}, and this tt-memwatch reads up to ${NEWEST}; use a newer tt-memwatch`,
    );
  }
  if (version < OLDEST) {
    throw new UsageError(
      `${name}: its version is ${version}, and this tt-memwatch reads from ${OLDEST} on; write it again with --json`,
    );
  }
}

function shown(text: string): string {
  return JSON.stringify(printable(text).slice(0, SHOWN_CHARACTERS_MAX));
}

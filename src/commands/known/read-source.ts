import { resolve } from "node:path";
import type { ReportedRun } from "../../core/known/leftover.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { readBeginning } from "../../files/open-file.ts";
import { parseReport, REPORT_BYTES_MAX } from "../../in/report/report-file.ts";
import type { Io } from "../io.ts";
import { type NamedKind, readingNamed, readNamedFile } from "../named-file.ts";
import { replayedReport } from "../replay/replayed-report.ts";

/** What every recording begins with, behind a byte that is no text. */
const RECORDING_MAGIC = "MCAP";

/** As much of a file as tells what it is, in bytes. */
const BEGINNING_BYTES = 64;

/** A run whose findings the user named, and by what name. */
export interface NamedRun extends ReportedRun {
  readonly name: string;
  readonly run: Pick<RunReport["run"], "command" | "startedAt">;
}

/** What a file has, by its beginning. */
export type SourceKind = "recording" | "report" | "other";

/**
 * The findings of a run by the name that the user gave: a recording, which is replayed, or a report as JSON.
 *
 * @param command whose operand it is, for the message
 * @throws UsageError where it is neither, or cannot be read
 */
export function readSource(command: string, name: string, io: Io): NamedRun {
  const kind = {
    what: `${command}:`,
    remedy: "name a recording (run --record FILE) or a report (run --json FILE)",
    sizeBytesMax: REPORT_BYTES_MAX,
  };
  if (kindOfSource(name, kind, io) === "recording") return { name, ...replayedReport(command, name, io) };
  return { name, ...parseReport(readNamedFile(name, kind, io), name) };
}

/** What that file has; `kind`: what it should be, for the message. Throws UsageError where it cannot be read. */
export function kindOfSource(name: string, kind: NamedKind, io: Io): SourceKind {
  const beginning = readingNamed(name, kind, () => readBeginning(resolve(io.cwd, name), BEGINNING_BYTES, "own"));
  if (beginning.slice(0, RECORDING_MAGIC.length + 1).endsWith(RECORDING_MAGIC)) return "recording";
  return beginning.trimStart().startsWith("{") ? "report" : "other";
}

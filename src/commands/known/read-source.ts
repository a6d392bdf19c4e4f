import { resolve } from "node:path";
import { UsageError } from "../../core/base/usage-error.ts";
import type { ReportedRun } from "../../core/known/leftover.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { readBeginning, readTextFile } from "../../files/open-file.ts";
import { parseReport, REPORT_BYTES_MAX } from "../../in/report/report-file.ts";
import type { Io } from "../io.ts";
import { replayedReport } from "../replay/replayed-report.ts";

/** What every recording begins with, behind a byte that is no text. */
const RECORDING_MAGIC = "MCAP";

/** A run whose findings the user named, and by what name. */
export interface NamedRun extends ReportedRun {
  readonly name: string;
  readonly run: Pick<RunReport["run"], "command" | "startedAt">;
}

/**
 * The findings of a run by the name that the user gave: a recording, which is replayed, or a report as JSON.
 *
 * @param command whose operand it is, for the message
 * @throws UsageError where it is neither, or cannot be read
 */
export function readSource(command: string, name: string, io: Io): NamedRun {
  const path = resolve(io.cwd, name);
  return { name, ...(isRecording(command, name, path) ? replayedReport(command, name, io) : reportAt(name, path)) };
}

function isRecording(command: string, name: string, path: string): boolean {
  try {
    return readBeginning(path, RECORDING_MAGIC.length + 4, "own").includes(RECORDING_MAGIC);
  } catch (error) {
    throw unreadable(command, name, error);
  }
}

function reportAt(name: string, path: string): ReturnType<typeof parseReport> {
  return parseReport(readTextFile(path, REPORT_BYTES_MAX), name);
}

function unreadable(command: string, name: string, error: unknown): unknown {
  if (!(error instanceof Error && "code" in error)) return error;
  const reason = error.code === "ENOENT" ? "there is no such file" : error.message;
  return new UsageError(
    `${command}: ${name} cannot be read: ${reason}; name a recording (run --record FILE) or a report (run --json FILE)`,
  );
}

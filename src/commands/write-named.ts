import { UsageError } from "../core/base/usage-error.ts";
import { explainWriting, ReportWriteError, writeReport } from "../out/report/write-report.ts";

/**
 * Writes a file that the user named, whole or not at all.
 *
 * @param what it is, for the message: "the baseline"
 * @throws UsageError where it cannot be written
 */
export function writeNamed(path: string, what: string, text: string): Promise<void> {
  return asUsage(() => writeReport(path, text, what));
}

/** Has `write` write it. Throws UsageError where the system does not let it. */
export function writingNamed(path: string, what: string, write: () => void): Promise<void> {
  return asUsage(() => explainWriting(path, what, async () => write()));
}

async function asUsage(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw error instanceof ReportWriteError ? new UsageError(error.message) : error;
  }
}

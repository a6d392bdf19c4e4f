import { UsageError } from "../../core/base/usage-error.ts";
import { ReportWriteError, writeReport } from "../../out/report/write-report.ts";

/** Writes a file that the user named, whole or not at all. Throws UsageError where it cannot be. */
export async function writeNamed(path: string, text: string): Promise<void> {
  try {
    await writeReport(path, text);
  } catch (error) {
    throw error instanceof ReportWriteError ? new UsageError(error.message) : error;
  }
}

import type { TraceReport } from "../../core/model/trace-report.ts";
import { traceText } from "../../out/report/trace-text.ts";
import { ReportWriteError, writeReport } from "../../out/report/write-report.ts";
import type { Io } from "../io.ts";
import { STDOUT } from "../run/report-options.ts";

/** Prints it, and writes it as JSON. `file`: absolute, or STDOUT; null: nowhere. Gives whether it was written. */
export async function writeTraceReport(report: TraceReport, file: string | null, io: Io): Promise<boolean> {
  if (file !== STDOUT) io.stderr.write(`\n${traceText(report)}`);
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (file === STDOUT) io.stdout.write(json);
  if (file === STDOUT || file === null) return true;
  try {
    await writeReport(file, json);
    return true;
  } catch (error) {
    if (!(error instanceof ReportWriteError)) throw error;
    io.stderr.write(`tt-memwatch: ${error.message}\n`);
    return false;
  }
}

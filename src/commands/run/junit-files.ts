import type { RunReport } from "../../core/model/run-report.ts";
import { readTextFile } from "../../files/open-outside-file.ts";
import { writeReport } from "../../out/report/write-report.ts";

/** Largest file of pytest that is merged into. */
const JUNIT_BYTES_MAX = 268_435_456;

/**
 * Adds the findings to the JUnit files that the watched pytest processes wrote. A file that is missing, or that is not
 * understood, is left alone with a line on `stderr`.
 *
 * @throws ReportWriteError
 */
export async function mergeIntoJunitFiles(
  paths: ReadonlySet<string>,
  report: RunReport,
  stderr: NodeJS.WritableStream,
): Promise<void> {
  for (const path of paths) {
    const merged = await mergedText(path, report).catch((error: unknown) => {
      stderr.write(`tt-memwatch: the findings were not added to ${path}: ${reasonOf(error)}\n`);
      return null;
    });
    if (merged !== null) await writeReport(path, merged);
  }
}

/** Files to merge into. pytest writes its own when it ends: what a lost process announced is missing, or of an earlier run. */
export function junitFilesOf({ run }: RunReport): ReadonlySet<string> {
  return new Set(
    run.processes.flatMap(({ end, junitFile }) => (end === "finished" && junitFile !== null ? [junitFile] : [])),
  );
}

/** A plugin may name anything as its file. */
async function mergedText(path: string, report: RunReport): Promise<string> {
  const { mergeJunit } = await import("../../out/report/merge-junit.ts");
  return mergeJunit(readTextFile(path, JUNIT_BYTES_MAX), report);
}

function reasonOf(error: unknown): string {
  // Also what the parser of XML says: the file is the suite's, and may hold anything.
  return error instanceof Error ? error.message : String(error);
}

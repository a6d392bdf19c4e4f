import { isAbsolute, join, relative } from "node:path";
import type { Finding } from "../../core/model/finding.ts";
import type { RunSummary } from "../../core/model/run-report.ts";

/** A line, or a file where only that is known, for programs that show findings beside the code. */
export interface SourcePlace {
  /** Relative to the folder that was asked for, with slashes; absolute where it is not below that. */
  readonly file: string;
  readonly line: number | null;
}

/**
 * Where a finding is best shown: at the line that allocated, at the mark of a leak that is gone, or else in the file of its test or fixture. null where no
 * file is concerned.
 */
export function placeOf(finding: Finding, run: RunSummary, folder: string): SourcePlace | null {
  const { origin, test, fixture, verdict, markedAt } = finding;
  if (verdict === "fixed" && markedAt !== null) return { file: below(folder, markedAt.file, run), line: markedAt.line };
  if (origin !== null) return { file: below(folder, origin.file, run), line: origin.line };
  const file = fileOf(test) ?? fileOf(fixture?.baseId ?? null);
  return file === null ? null : { file: below(folder, file, run), line: null };
}

/** The line of the test, where helpers are between it and the line that allocated. */
export function testPlaceOf({ origin }: Finding, run: RunSummary, folder: string): SourcePlace | null {
  const line = origin?.testLine ?? null;
  return line === null ? null : { file: below(folder, line.file, run), line: line.line };
}

/** The file of a node id, if it has one. */
function fileOf(nodeId: string | null): string | null {
  const [file] = nodeId?.split("::", 1) ?? [];
  return file?.endsWith(".py") ? file : null;
}

/** Files are relative to pytest's root directory; where there are several of those, it is not known which one is meant. */
export function baseFolder({ cwd, processes }: RunSummary): string {
  const [rootDir, another] = new Set(processes.map((process) => process.rootDir));
  return rootDir === undefined || another !== undefined ? cwd : rootDir;
}

function below(folder: string, file: string, run: RunSummary): string {
  const absolute = isAbsolute(file) ? file : join(baseFolder(run), file);
  const path = relative(folder, absolute);
  return path === "" || path.startsWith("..") ? absolute : path;
}

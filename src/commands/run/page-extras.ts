import { isAbsolute, join } from "node:path";
import type { RunReport } from "../../core/model/run-report.ts";
import { readTextFile } from "../../files/open-file.ts";
import type { PageExtras } from "../../out/report/html/page-data.ts";
import type { ReadSource } from "../../out/report/html/snippets.ts";
import { baseFolder } from "../../out/report/source-place.ts";
import type { Seen } from "./report-of-run.ts";
import type { ReportOptions } from "./report-options.ts";

/** A larger file is not one that people write. */
const SOURCE_BYTES_MAX = 4 << 20;

/** What a page shows beside the report. */
export function pageExtras(
  { timeline }: Pick<Seen, "timeline">,
  { run }: Pick<RunReport, "run">,
  { hasSource }: Pick<ReportOptions, "hasSource">,
): PageExtras {
  return { timeline, readSource: hasSource ? sourceReader(baseFolder(run)) : () => null };
}

/** Reads files of Python code only: a recording may name any file. */
function sourceReader(folder: string): ReadSource {
  return (file) => {
    if (!file.endsWith(".py")) return null;
    try {
      return readTextFile(isAbsolute(file) ? file : join(folder, file), SOURCE_BYTES_MAX);
    } catch {
      return null;
    }
  };
}

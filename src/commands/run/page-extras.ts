import { isAbsolute, join } from "node:path";
import { runHistory } from "../../core/history/run-history.ts";
import type { EarlierRuns } from "../../core/model/history.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { readTextFile } from "../../files/open-outside-file.ts";
import type { PageExtras } from "../../out/report/html/page-data.ts";
import type { ReadSource } from "../../out/report/html/snippets.ts";
import { baseFolder } from "../../out/report/source-place.ts";
import type { Seen } from "./report-of-run.ts";
import type { ReportOptions } from "./report-options.ts";

/** A larger file is not one that people write. */
const SOURCE_BYTES_MAX = 4 << 20;

/** What a page shows beside the report. `earlier`: the runs before it; null: none are known. */
export function pageExtras(
  { timeline }: Pick<Seen, "timeline">,
  report: RunReport,
  { hasSource }: Pick<ReportOptions, "hasSource">,
  earlier: EarlierRuns | null,
): PageExtras {
  const readSource = hasSource ? sourceReader(baseFolder(report.run)) : () => null;
  return { timeline, history: earlier === null ? null : runHistory(report, earlier), readSource };
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

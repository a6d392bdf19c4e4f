import type { RunReport } from "../../core/model/run-report.ts";
import { htmlReport } from "./html/page.ts";
import { jsonReport } from "./json.ts";
import { junitReport } from "./junit.ts";
import { markdownReport } from "./markdown.ts";
import { type TextOptions, textReport } from "./text.ts";

export type ReportFormat = "text" | "json" | "junit" | "markdown" | "html";

/** A format of the report: a pure function of what was found. Only text looks at the options. */
export type Reporter = (report: RunReport, options: TextOptions) => string;

/** Every format there is. A new one is one file and one row. */
export const REPORTERS: Readonly<Record<ReportFormat, Reporter>> = {
  text: textReport,
  json: jsonReport,
  junit: junitReport,
  markdown: (report) => markdownReport(report),
  html: htmlReport,
};

import type { RunReport } from "../../core/model/run-report.ts";
import { htmlReport } from "./html/page.ts";
import { jsonReport } from "./json.ts";
import { junitReport } from "./junit.ts";
import { markdownReport } from "./markdown.ts";

/** A format of the report that goes to a file. */
interface Reporter {
  readonly render: (report: RunReport) => string;
  /** What the help says of `--NAME FILE`. */
  readonly help: string;
}

/** Every format of a report in a file, in the order the help lists them. A new one is one file and one row. */
export const REPORTERS = {
  json: {
    render: jsonReport,
    help: "write the report as JSON; - writes it to standard output, and the command's output to stderr",
  },
  junit: {
    render: junitReport,
    help: "write the report as JUnit XML (not needed with pytest's --junitxml: its file gets the findings)",
  },
  markdown: {
    render: (report) => markdownReport(report),
    help: "write the report as Markdown ($GITHUB_STEP_SUMMARY gets it in any case)",
  },
  html: { render: htmlReport, help: "write the report as one page for a browser" },
} as const satisfies Readonly<Record<string, Reporter>>;

export type FileFormat = keyof typeof REPORTERS;

export const FILE_FORMATS = Object.keys(REPORTERS) as readonly FileFormat[];

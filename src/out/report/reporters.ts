import type { RunReport } from "../../core/model/run-report.ts";
import type { Text } from "../../files/text.ts";
import { htmlReport } from "./html/page.ts";
import { jsonReport } from "./json.ts";
import { junitReport } from "./junit.ts";
import { markdownReport } from "./markdown.ts";

/** A format of the report that goes to a file. */
interface Reporter {
  readonly render: (report: RunReport) => Text;
  /** What the help says of `--NAME FILE`. */
  readonly help: string;
}

/** Every format of a report in a file, in the order the help lists them. A new one is one file and one row. */
export const REPORTERS = {
  json: {
    render: (report) => () => jsonReport(report),
    help: "write the report as JSON; - for standard output, the command's output then goes to stderr",
  },
  junit: {
    render: (report) => () => junitReport(report),
    help: "write the report as JUnit XML (pytest's own --junitxml file gets the findings anyway)",
  },
  markdown: {
    render: (report) => markdownReport(report),
    help: "write the report as Markdown ($GITHUB_STEP_SUMMARY gets it anyway)",
  },
  html: { render: htmlReport, help: "write the report as one page for a browser" },
} as const satisfies Readonly<Record<string, Reporter>>;

export type FileFormat = keyof typeof REPORTERS;

export const FILE_FORMATS = Object.keys(REPORTERS) as readonly FileFormat[];

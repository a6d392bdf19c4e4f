import type { RunReport } from "../../core/model/run-report.ts";
import type { Text } from "../../files/text-bytes.ts";
import type { PageExtras } from "./html/page-data.ts";

/** A format of the report that goes to a file. What writes it is loaded when it is asked for: most runs want none. */
interface Reporter {
  readonly render: (report: RunReport, extras: PageExtras) => Promise<Text>;
  /** What the help says of `--NAME FILE`. */
  readonly help: string;
}

/** Every format of a report in a file, in the order the help lists them. A new one is one file and one row. */
export const REPORTERS = {
  json: {
    render: async (report) => {
      const { jsonReport } = await import("./json.ts");
      return () => jsonReport(report);
    },
    help: "write the report as JSON",
  },
  junit: {
    render: async (report) => {
      const { junitReport } = await import("./junit.ts");
      return () => junitReport(report);
    },
    help: "write the report as JUnit XML (not needed with pytest's --junitxml: its file gets the findings)",
  },
  markdown: {
    render: async (report) => (await import("./markdown.ts")).markdownReport(report),
    help: "write the report as Markdown ($GITHUB_STEP_SUMMARY gets it in any case)",
  },
  html: {
    render: async (report, extras) => (await import("./html/page.ts")).htmlReport(report, extras),
    help: "write the run as one page for a browser: findings, and what was live when",
  },
  sarif: {
    render: async (report) => (await import("./sarif.ts")).sarifReport(report),
    help: "write the findings as SARIF, for code scanning",
  },
  gitlab: {
    render: async (report) => (await import("./gitlab.ts")).gitlabReport(report),
    help: "write the findings as GitLab's Code Quality report",
  },
} as const satisfies Readonly<Record<string, Reporter>>;

export type FileFormat = keyof typeof REPORTERS;

export const FILE_FORMATS = Object.keys(REPORTERS) as readonly FileFormat[];

import { made, Unmade } from "../../../core/base/unmade.ts";
import { PAGE_SCHEMA, type PageData } from "../../../core/model/page.ts";
import { encodeTimeline } from "../../../core/model/page-timeline.ts";
import type { RunReport } from "../../../core/model/run-report.ts";
import type { Timeline } from "../../../core/model/timeline.ts";
import { pageFindings, testKey } from "./page-findings.ts";
import { pageRun } from "./page-run.ts";
import { pageShortages } from "./page-shortages.ts";
import { pageTests, TESTS_MAX } from "./page-tests.ts";
import { printableUnmade } from "./printable-all.ts";
import { type ReadSource, snippetsOf } from "./snippets.ts";

/** What a page shows beside the report. */
export interface PageExtras {
  /** null: nothing is known of when what was live. */
  readonly timeline: Timeline | null;
  readonly readSource: ReadSource;
}

export const NO_EXTRAS: PageExtras = { timeline: null, readSource: () => null };

/** The report and the run's course as the page shows them. */
export function pageData(report: RunReport, extras: PageExtras): PageData {
  return made(unmadePage(report, extras));
}

/** The same, its large lists made as they are written. */
export function unmadePage(report: RunReport, { timeline, readSource }: PageExtras): Unmade<PageData> {
  const indices = new Map(report.tests.slice(0, TESTS_MAX).map((test, index) => [testKey(test), index]));
  const found = pageFindings(report, indices);
  const byTest = Map.groupBy(found.findings.keys(), (finding) => found.findings[finding]?.test ?? null);
  return printableUnmade(
    new Unmade<PageData>({
      schema: PAGE_SCHEMA,
      run: pageRun(report),
      ...found,
      findings: () => found.findings.values(),
      ...pageTests(report.tests, byTest),
      ...pageShortages(report),
      timeline: timeline === null ? null : encodeTimeline(timeline),
      snippets: snippetsOf(found, readSource),
    }),
  );
}

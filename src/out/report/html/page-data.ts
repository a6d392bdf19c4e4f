import { LazyObject, made } from "../../../core/base/lazy-object.ts";
import type { FixedFinding, RunHistory } from "../../../core/model/history.ts";
import { PAGE_SCHEMA, type PageData, type PageFixed, type PageRecording } from "../../../core/model/page.ts";
import { encodeTimeline } from "../../../core/model/page-timeline.ts";
import type { RunReport } from "../../../core/model/run-report.ts";
import type { Timeline } from "../../../core/model/timeline.ts";
import { pageFindings, testKey } from "./page-findings.ts";
import { pagePlace } from "./page-place.ts";
import { pageRun } from "./page-run.ts";
import { pageShortages } from "./page-shortages.ts";
import { pageTests, TESTS_MAX } from "./page-tests.ts";
import { printableAll, printableLazy } from "./printable-all.ts";
import { type ReadSource, snippetsOf } from "./snippets.ts";

/** What is gone since earlier runs, the largest first; `tt-memwatch history findings` has all. */
const FIXED_MAX = 200;

/** What a page shows beside the report. */
export interface PageExtras {
  /** null: nothing is known of when what was live. */
  readonly timeline: Timeline | null;
  /** null: no history was asked for, or it has no earlier run. */
  readonly history: RunHistory | null;
  readonly readSource: ReadSource;
  /** Rows of the table of allocations; undefined: as many as a page has. */
  readonly rowsMax?: number;
}

export const NO_EXTRAS: PageExtras = { timeline: null, history: null, readSource: () => null };

/** The report and the run's course as the page shows them. */
export function pageData(report: RunReport, extras: PageExtras): PageData {
  return made(unmadePage(report, extras));
}

/** The same, its large lists made as they are written. */
export function unmadePage(
  report: RunReport,
  { timeline, history, readSource, rowsMax }: PageExtras,
): LazyObject<PageData> {
  const indices = new Map(report.tests.slice(0, TESTS_MAX).map((test, index) => [testKey(test), index]));
  const found = pageFindings(report, indices, history);
  const byTest = Map.groupBy(found.findings.keys(), (finding) => found.findings[finding]?.test ?? null);
  return printableLazy(
    new LazyObject<PageData>({
      schema: PAGE_SCHEMA,
      run: pageRun(report),
      ...found,
      findings: () => found.findings.values(),
      fixed: history === null ? null : history.fixed.slice(0, FIXED_MAX).map(pageFixed),
      ...pageTests(report.tests, byTest),
      ...pageShortages(report, timeline?.beginNs ?? null),
      timeline: timeline === null ? null : encodeTimeline(timeline, rowsMax),
      snippets: snippetsOf(found, readSource),
    }),
  );
}

/** The same of a recording, which was read. */
export function recordingPage(report: RunReport, extras: PageExtras, recording: PageRecording): LazyObject<PageData> {
  const page = unmadePage(report, extras);
  return new LazyObject<PageData>({
    ...page.fields,
    run: () => printableAll({ ...pageRun(report), recording }),
  });
}

function pageFixed({ origin, ...fixed }: FixedFinding): PageFixed {
  return { ...fixed, place: pagePlace(origin) };
}

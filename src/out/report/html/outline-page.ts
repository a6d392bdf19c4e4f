import { made } from "../../../core/base/lazy-object.ts";
import { PAGE_SCHEMA, type PageData, type PageRun } from "../../../core/model/page.ts";
import { encodeTimeline } from "../../../core/model/page-timeline.ts";
import type { RunSummary } from "../../../core/model/run-report.ts";
import type { Timeline } from "../../../core/model/timeline.ts";
import { printableAll } from "./printable-all.ts";

/** What is known of a recorded run before all of its recording was read. */
export interface Outline extends Pick<RunSummary, "command" | "cwd" | "engine" | "startedAt" | "durationMs"> {
  /** Its file, as it was named. */
  readonly file: string;
  readonly headline: string;
  readonly next: string;
  /** null: the recording has no index. */
  readonly timeline: Timeline | null;
}

/** The page of a recording that is still being read: its course in outline, and no verdict yet. */
export function outlinePage({ timeline, command, cwd, file, ...run }: Outline): PageData {
  return printableAll({
    schema: PAGE_SCHEMA,
    run: { ...run, ...NOTHING_YET, watched: command.join(" "), rootDir: cwd, recording: { file, isRead: false } },
    causes: [],
    findings: [],
    moreFindings: 0,
    fixed: null,
    tests: [],
    moreTests: 0,
    shortages: [],
    moreShortages: 0,
    timeline: timeline === null ? null : made(encodeTimeline(timeline)),
    snippets: [],
  });
}

const NOTHING_YET = {
  kind: "running",
  command: null,
  exitCode: null,
  tests: { checked: 0, notChecked: 0, noDevice: 0 },
  facts: [],
  caveats: [],
  processes: [],
  remaining: [],
  allocations: [],
} as const satisfies Partial<PageRun>;

import type { RunTimeline } from "../../core/ledger/timeline/run-timeline.ts";
import type { RunEvent } from "../../core/model/event.ts";
import type { EarlierRuns } from "../../core/model/history.ts";
import type { PageData } from "../../core/model/page.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import type { Timeline } from "../../core/model/timeline.ts";
import { NOTHING_JUDGED, type RunFacts } from "../../core/report/build-run-report.ts";
import { regionPrograms } from "../../core/report/region-programs.ts";
import { RunProgress } from "../../core/report/run-progress.ts";
import { NO_SOURCE } from "../../core/verdicts/signature.ts";
import type { PageSource, PageState } from "../../out/page-server/page-app.ts";
import { pageDocument } from "../../out/report/html/page.ts";
import { type PageExtras, pageData } from "../../out/report/html/page-data.ts";
import { regionFacts } from "../../out/report/html/region-facts.ts";
import type { Io } from "../io.ts";
import { RegionSource } from "../regions/region-source.ts";
import { JUDGED_TESTS_MAX } from "./live-judge.ts";
import type { LiveListener, SeenSoFar } from "./live-run.ts";
import { pageExtras } from "./page-extras.ts";
import { type Criteria, judgeRun, reportOf } from "./report-of-run.ts";
import type { ReportOptions } from "./report-options.ts";
import { SourceStatements } from "./source-statements.ts";

/** Making the page's data takes 5 % of the time at most. */
const PAUSE_TIMES = 20;
/** Of buffers that died so many are shown while the run goes on, those that lived longest: most of the data is of them. */
const LIVE_ROWS_MAX = 20_000;

type Begun = Omit<RunFacts, "commandExitCode" | "warnings" | "durationMs">;

/** What a page shows of a run while it goes on, and when it has ended. Nothing is put together unless a page asks. */
export class LivePage implements PageSource, LiveListener {
  readonly #begun: Begun;
  readonly #criteria: Criteria;
  readonly #options: Pick<ReportOptions, "hasSource">;
  readonly #io: Io;
  readonly #clock: () => number;
  readonly #progress = new RunProgress();
  readonly timeline: RunTimeline;
  readonly #regions = new RegionSource();
  #earlier: EarlierRuns | null = null;
  #view: (() => SeenSoFar | null) | null = null;
  #heard = 0;
  #made = -1;
  #nextAtMs = 0;
  #version = 0;
  #data = "";
  #isLast = false;

  /** `timeline`: what the run is drawn from. `clock`: milliseconds since the run began. */
  constructor(
    begun: Begun,
    criteria: Criteria,
    timeline: RunTimeline,
    options: Pick<ReportOptions, "hasSource">,
    io: Io,
    clock: () => number,
  ) {
    this.#begun = begun;
    this.#criteria = criteria;
    this.timeline = timeline;
    this.#options = options;
    this.#io = io;
    this.#clock = clock;
  }

  get document(): PageSource["document"] {
    return pageDocument("a run", null);
  }

  follow(view: () => SeenSoFar | null): void {
    this.#view = view;
  }

  /** What is found is held against earlier runs as well, once they are known. */
  holdAgainstBaseline(earlier: EarlierRuns | null): void {
    this.#earlier = earlier;
    this.#made = -1;
  }

  note(event: RunEvent): void {
    this.#heard += 1;
    this.#progress.note(event);
  }

  /** What was made last is shown until it is judged. */
  commandEnded(): void {
    this.#make();
    this.#view = null;
  }

  /** The run as it is reported. */
  ended(report: RunReport, extras: PageExtras): void {
    this.#view = null;
    this.#show(pageData(report, extras));
    this.#isLast = true;
  }

  refresh(): PageState {
    if (this.#view !== null && this.#clock() >= this.#nextAtMs && this.#known() !== this.#made) this.#make();
    return { version: this.#version, isLast: this.#isLast };
  }

  data(): string {
    return this.#data;
  }

  /** Grows with all that is heard. */
  #known(): number {
    const rings = this.#view?.()?.trace.rings() ?? [];
    return rings.reduce((sum, { records }) => sum + records, this.#heard);
  }

  #make(): void {
    const startMs = performance.now();
    this.#made = this.#known();
    const page = this.#io.faults.guard("showing the run on its page", () => this.#pageNow());
    if (page) this.#show(page);
    this.#nextAtMs = this.#clock() + PAUSE_TIMES * (performance.now() - startMs);
  }

  #show(page: PageData): void {
    this.#data = JSON.stringify(page);
    this.#version += 1;
  }

  /** As if the run ended now. */
  #pageNow(): PageData | null {
    const view = this.#view?.() ?? null;
    if (view === null) return null;
    const { ledger, trace } = view;
    const { testsDone, testsTotal } = this.#progress.status();
    trace.nameStacks(ledger);
    const record = ledger.recordSoFar();
    // A signature that the history knows has the statement of its line in it.
    const hashOf = this.#earlier === null ? NO_SOURCE : new SourceStatements(record).hashOf;
    const isJudged = testsDone <= JUDGED_TESTS_MAX;
    const judged = isJudged ? judgeRun({ record, hashOf }, this.#criteria, this.#io) : NOTHING_JUDGED;
    const nothing = { warnings: [], allocations: null, otherTraced: [], commandExitCode: null, closed: null };
    const report = reportOf({ ...nothing, record }, judged, { ...this.#begun, durationMs: this.#clock() }, this.#io);
    const timeline = this.#io.faults.guard("drawing the timeline", () =>
      untilNow(this.timeline.timeline((path) => trace.stacks(path))),
    );
    const extras = pageExtras({ timeline: timeline ?? null }, report, this.#options, this.#earlier);
    const page = pageData(report, { ...extras, rowsMax: LIVE_ROWS_MAX });
    const of = testsTotal === null ? "" : ` of ${testsTotal}`;
    const known = new Set([...record.processes.map(({ info }) => info.pid), ...trace.rings().map(({ pid }) => pid)]);
    const programs = regionPrograms(this.#regions.readIfAny().regions, known);
    const next = isJudged
      ? "Findings so far are judged as if the run ended now; memory that is freed later changes them."
      : `More than ${JUDGED_TESTS_MAX} tests have ended: they are judged when the run has ended.`;
    return {
      ...page,
      run: {
        ...page.run,
        kind: "running",
        headline: `${testsDone}${of} tests have ended`,
        next,
        command: null,
        exitCode: null,
        facts: [...page.run.facts, ...regionFacts(programs)],
      },
    };
  }
}

/** Since the last event all has been as it was. */
function untilNow(timeline: Timeline): Timeline {
  return { ...timeline, endNs: Math.max(timeline.endNs, Number(process.hrtime.bigint())) };
}

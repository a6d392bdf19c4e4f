import type { OtherNow } from "../../core/ledger/run/other-now.ts";
import type { ProcessNow } from "../../core/ledger/run/process-now.ts";
import type { RunLedger } from "../../core/ledger/run/run-ledger.ts";
import type { RunEvent } from "../../core/model/event.ts";
import type { Finding } from "../../core/model/finding.ts";
import { LIVE_BUFFERS_MAX, type LiveSnapshot, type LiveSource } from "../../core/model/live-snapshot.ts";
import { causesLeftOut, liveCauses, notJudged } from "../../core/report/live-causes.ts";
import { buildLiveSnapshot, type ProcessPart } from "../../core/report/live-snapshot.ts";
import { RunProgress } from "../../core/report/run-progress.ts";
import { RunningTests } from "../../core/report/running-tests.ts";
import type { RunTrace } from "./follow-rings.ts";
import type { JudgedNow, LiveJudge } from "./live-judge.ts";

/** What a run knows while it goes on. */
export interface LiveView {
  readonly ledger: RunLedger;
  readonly trace: RunTrace;
}

/** Hears of a run while it goes on. */
export type LiveListener = Pick<LiveRun, "note" | "follow" | "commandEnded">;

const NOT_JUDGED: JudgedNow = { causes: notJudged("it is judged at the end"), leftOut: 0 };

/** What is known of a run at any time, for whoever looks on. Nothing is put together unless it is asked for. */
export class LiveRun {
  readonly #source: LiveSource;
  readonly #cwd: string;
  readonly #clock: () => number;
  readonly #judge: LiveJudge | null;
  readonly #progress = new RunProgress();
  readonly #running = new RunningTests();
  #refused = 0;
  #view: (() => LiveView | null) | null = null;
  /** Of when the command had ended; plain data, because the ledger is let go of then. */
  #last: LiveSnapshot | null = null;

  /** `judge`: null for a run that is judged at its end only. `clock`: milliseconds since the run began. `cwd`: absolute; reported files of programs without pytest are relative to it. */
  constructor(source: LiveSource, judge: LiveJudge | null, cwd: string, clock: () => number) {
    this.#source = source;
    this.#cwd = cwd;
    this.#clock = clock;
    this.#judge = judge;
  }

  /** What is to be asked from here on. */
  follow(view: () => LiveView | null): void {
    this.#view = view;
  }

  note(event: RunEvent): void {
    this.#progress.note(event);
    this.#running.note(event, this.#clock());
    if (event.kind === "refused") this.#refused += 1;
  }

  /** What was known last is reported from here on, and nothing is asked any more. */
  commandEnded(): void {
    const view = this.#view?.() ?? null;
    view?.trace.nameStacks(view.ledger);
    this.#last = this.#tell(view, this.#judge?.last ?? NOT_JUDGED, "judging");
    this.#view = null;
  }

  judged(findings: readonly Finding[]): void {
    const last = this.#last ?? this.snapshot();
    const leftOut = { ...last.leftOut, causes: causesLeftOut(findings) };
    this.#last = { ...last, state: "ended", causes: liveCauses(findings, this.#clock()), leftOut };
  }

  snapshot(): LiveSnapshot {
    if (this.#last !== null) return { ...this.#last, atMs: this.#clock() };
    const view = this.#view?.() ?? null;
    // Verdicts name the lines too.
    view?.trace.nameStacks(view.ledger);
    const testsDone = this.#progress.totals().tests.done;
    const judged = view === null ? this.#judge?.last : this.#judge?.judge(view.ledger, testsDone, this.#clock());
    return this.#tell(view, judged ?? NOT_JUDGED, "running");
  }

  #tell(view: LiveView | null, judged: JudgedNow, state: LiveSnapshot["state"]): LiveSnapshot {
    const { tests, droppedMessages } = this.#progress.totals();
    return buildLiveSnapshot({
      source: this.#source,
      state,
      atMs: this.#clock(),
      tests,
      processes: view === null ? [] : this.#processes(view),
      causes: judged.causes,
      causesLeftOut: judged.leftOut,
      traffic: view?.trace.traffic() ?? null,
      lost: { messages: droppedMessages, refused: this.#refused },
    });
  }

  #processes({ ledger, trace }: LiveView): readonly ProcessPart[] {
    const unclaimed = new Map(trace.othersNow(LIVE_BUFFERS_MAX).map((other) => [other.pid, other]));
    const ours = ledger.now(LIVE_BUFFERS_MAX).map((now) => {
      const part = this.#partOf(now);
      const traced = unclaimed.get(part.pid);
      unclaimed.delete(part.pid);
      return traced === undefined ? part : withTraced(part, traced);
    });
    const others = [...unclaimed.values()].map((other) => ({
      ...{ ...other, worker: null, role: "program" as const, state: "running" as const },
      ...{ running: null, rootDir: this.#cwd },
    }));
    return [...ours, ...others];
  }

  #partOf({ process, info, end, context, memories, peaks, lostRecords }: ProcessNow): ProcessPart {
    const running = this.#running.of(process);
    const phase = context?.ref?.test === running?.test ? (context?.phase ?? null) : null;
    return {
      ...{ pid: info.pid, worker: info.worker, role: info.role, rootDir: info.rootDir },
      state: end === "still-running" ? "running" : end === "finished" ? "ended" : "lost",
      running: running === null ? null : { test: running.test, phase, forMs: this.#clock() - running.sinceMs },
      ...{ memories, peaks, lostRecords },
    };
  }
}

/** xdist's controller is traced like any process that it could start, but says of itself only that it begins. */
function withTraced(part: ProcessPart, { memories, peaks, lostRecords }: OtherNow): ProcessPart {
  return {
    ...part,
    memories: [...part.memories, ...memories],
    peaks: [...part.peaks, ...peaks],
    lostRecords: part.lostRecords + lostRecords,
  };
}

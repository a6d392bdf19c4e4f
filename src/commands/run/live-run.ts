import type { OtherNow } from "../../core/ledger/run/other-process-now.ts";
import type { ProcessNow } from "../../core/ledger/run/process-now.ts";
import type { RunLedger } from "../../core/ledger/run/run-ledger.ts";
import type { RunEvent } from "../../core/model/event.ts";
import type { Finding } from "../../core/model/finding.ts";
import {
  LIVE_BUFFERS_MAX,
  type LiveProcess,
  type LiveSnapshot,
  type LiveSource,
  type Standstill,
} from "../../core/model/live-snapshot.ts";
import { buildLiveSnapshot, type ProcessPart } from "../../core/report/build-live-snapshot.ts";
import { causesLeftOut, liveCauses, notJudged } from "../../core/report/live-causes.ts";
import { RunProgress } from "../../core/report/run-progress.ts";
import { RunningTests } from "../../core/report/running-tests.ts";
import type { RunTrace } from "./follow-rings.ts";
import type { JudgedNow, LiveJudge } from "./live-judge.ts";

/** What a run knows while it goes on. */
export interface SeenSoFar {
  readonly ledger: RunLedger;
  readonly trace: RunTrace;
}

/** The time of a run. */
export interface LiveClock {
  /** Milliseconds since it began. */
  nowMs(): number;
  /** The same of a time by CLOCK_MONOTONIC, in ns. */
  msOf(ns: number): number;
}

/** What keeps a process from running. null: nothing, or nobody can know. */
export type StandstillOf = (pid: number) => Standstill | null;

/** Hears of a run while it goes on. */
export type LiveListener = Pick<LiveRun, "note" | "follow" | "commandEnded">;

const NOT_JUDGED: JudgedNow = { causes: notJudged("it is judged at the end"), leftOut: 0 };

/** What is known of a run at any time, for whoever looks on. Nothing is put together unless it is asked for. */
export class LiveRun {
  readonly #source: LiveSource;
  readonly #cwd: string;
  readonly #clock: LiveClock;
  readonly #judge: LiveJudge | null;
  readonly #standstillOf: StandstillOf;
  readonly #progress = new RunProgress();
  readonly #running = new RunningTests();
  #refused = 0;
  #view: (() => SeenSoFar | null) | null = null;
  /** Of when the command had ended; plain data, because the ledger is let go of then. */
  #last: LiveSnapshot | null = null;

  /** `judge`: null for a run that is judged at its end only. `cwd`: absolute; reported files of programs without pytest are relative to it. */
  constructor(
    source: LiveSource,
    judge: LiveJudge | null,
    cwd: string,
    clock: LiveClock,
    standstillOf: StandstillOf = () => null,
  ) {
    this.#source = source;
    this.#cwd = cwd;
    this.#clock = clock;
    this.#judge = judge;
    this.#standstillOf = standstillOf;
  }

  /** What is to be asked from here on. */
  follow(view: () => SeenSoFar | null): void {
    this.#view = view;
  }

  note(event: RunEvent): void {
    this.#progress.note(event);
    this.#running.note(event, this.#clock.nowMs());
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
    this.#last = { ...last, state: "ended", causes: liveCauses(findings, this.#clock.nowMs()), leftOut };
  }

  snapshot(): LiveSnapshot {
    if (this.#last !== null) return { ...this.#last, atMs: this.#clock.nowMs() };
    const view = this.#view?.() ?? null;
    // Verdicts name the lines too.
    view?.trace.nameStacks(view.ledger);
    const testsDone = this.#progress.totals().tests.done;
    const judged = view === null ? this.#judge?.last : this.#judge?.judge(view.ledger, testsDone, this.#clock.nowMs());
    return this.#tell(view, judged ?? NOT_JUDGED, "running");
  }

  #tell(view: SeenSoFar | null, judged: JudgedNow, state: LiveSnapshot["state"]): LiveSnapshot {
    const { tests, droppedMessages } = this.#progress.totals();
    return buildLiveSnapshot({
      source: this.#source,
      state,
      atMs: this.#clock.nowMs(),
      tests,
      processes: view === null ? [] : this.#processes(view),
      causes: judged.causes,
      causesLeftOut: judged.leftOut,
      traffic: view?.trace.traffic() ?? null,
      lost: { messages: droppedMessages, refused: this.#refused },
    });
  }

  #processes({ ledger, trace }: SeenSoFar): readonly ProcessPart[] {
    const unclaimed = new Map(trace.othersNow(LIVE_BUFFERS_MAX).map((other) => [other.pid, other]));
    const ours = ledger.now(LIVE_BUFFERS_MAX).map((now) => {
      const part = this.#partOf(now);
      const traced = unclaimed.get(part.pid);
      unclaimed.delete(part.pid);
      return traced === undefined ? part : withTraced(part, traced);
    });
    const others = [...unclaimed.values()].map((other) => ({
      ...{ ...other, worker: null, role: "program" as const, state: "running" as const },
      ...{ running: null, standstill: this.#standstillOf(other.pid), rootDir: this.#cwd },
    }));
    return [...ours, ...others];
  }

  #partOf(now: ProcessNow): ProcessPart {
    const { info, end, memories, peaks, lostRecords } = now;
    const state = end === "still-running" ? "running" : end === "finished" ? "ended" : "lost";
    return {
      ...{ pid: info.pid, worker: info.worker, role: info.role, rootDir: info.rootDir, state },
      running: this.#runningOf(now),
      standstill: state === "running" ? this.#standstillOf(info.pid) : null,
      ...{ memories, peaks, lostRecords },
    };
  }

  #runningOf({ process, context, changedNs }: ProcessNow): LiveProcess["running"] {
    const running = this.#running.of(process);
    if (running === null) return null;
    const { test, sinceMs, heardMs } = running;
    const phase = context?.ref?.test === test ? (context?.phase ?? null) : null;
    const nowMs = this.#clock.nowMs();
    const changedMs = changedNs === 0 ? 0 : this.#clock.msOf(changedNs);
    return {
      test,
      phase,
      forMs: nowMs - sinceMs,
      quietMs: Math.max(0, Math.round(nowMs - Math.max(heardMs, changedMs))),
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

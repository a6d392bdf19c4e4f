import { UsageError } from "../../core/base/usage-error.ts";
import type { RunEvent } from "../../core/model/event.ts";
import type { Finding } from "../../core/model/finding.ts";
import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { RecordedRun } from "../../core/model/recording.ts";
import { causesLeftOut, liveCauses } from "../../core/report/live-causes.ts";
import type { Io } from "../io.ts";
import { withRecording } from "../replay/open-recording.ts";
import { type PlayedMoment, play, recordedStacks } from "../replay/play.ts";
import { LiveRun } from "../run/live-run.ts";
import { judge } from "../run/report-of-run.ts";
import type { At } from "./options.ts";

/** Moments of a recording that are kept: of a longer one, every second, fourth and so on. */
const FRAMES_MAX = 512;

const NS_PER_MS = 1e6;

/** How a recorded run stood when a test had ended. */
export interface RecordedFrame {
  readonly snapshot: LiveSnapshot;
  /** Tests that had ended by then, in that order; the last one last. */
  readonly ended: number;
}

export interface RecordedFrames {
  /** At least one; the last one is the end. */
  readonly frames: readonly RecordedFrame[];
  /** Names of the tests, in the order in which they ended. */
  readonly tests: readonly string[];
}

/** Plays a recording once, and keeps how the run stood at the end of each test. Throws UsageError where it cannot be read. */
export function recordedFrames(file: string, io: Io): RecordedFrames {
  const taken = new Frames(file);
  const stacks = withRecording("top", file, io, recordedStacks);
  const played = withRecording("top", file, io, (reader) => {
    const onApplied = (event: RunEvent, moment: PlayedMoment): void => taken.note(event, moment);
    return play(reader, { until: null, hasTimeline: false, onApplied, stacks }, io);
  });
  return taken.finish(judge(played, played.run, io).findings, played.durationMs, played.run);
}

/** The frame that `at` names. @throws UsageError where no such test ended */
export function frameAt({ frames, tests }: RecordedFrames, at: At | null): number {
  if (at === null) return frames.length - 1;
  if (at.kind === "time")
    return Math.max(
      0,
      frames.findLastIndex(({ snapshot }) => snapshot.atMs <= at.atMs),
    );
  const ended = tests.indexOf(at.test);
  if (ended === -1) {
    throw new UsageError(
      `top: --at ${at.test}: no such test ended in this recording; replay --json - lists them by id`,
    );
  }
  return frames.findIndex((frame) => frame.ended > ended);
}

class Frames {
  readonly #file: string;
  #live: LiveRun | null = null;
  #moment: PlayedMoment | null = null;
  #atMs = 0;
  #zeroNs: number | null = null;
  #frames: RecordedFrame[] = [];
  readonly #tests: string[] = [];
  /** One of so many ends of tests is kept. */
  #stride = 1;

  constructor(file: string) {
    this.#file = file;
  }

  note(event: RunEvent, moment: PlayedMoment): void {
    this.#moment = moment;
    this.#noteTime("atNs" in event ? event.atNs : null, moment.run);
    this.#live ??= this.#begin(moment.run);
    this.#live.note(event);
    if (event.kind !== "test-end") return;
    this.#tests.push(event.ref.test);
    if (this.#tests.length % this.#stride === 0) this.#take(this.#live.snapshot());
  }

  finish(findings: readonly Finding[], durationMs: number, run: RecordedRun): RecordedFrames {
    const live = this.#live ?? this.#begin(run);
    const last = { ...live.snapshot(), state: "ended" as const, atMs: durationMs };
    const frames = [...this.#frames, { snapshot: last, ended: this.#tests.length }];
    return { frames: frames.map((frame) => this.#judged(frame, findings, frames.length)), tests: this.#tests };
  }

  /** Where the recording does not say when it began, it began with the first thing that has a time. */
  #noteTime(atNs: number | null, { startedNs }: RecordedRun): void {
    if (atNs === null) return;
    this.#zeroNs ??= startedNs ?? atNs;
    this.#atMs = (atNs - this.#zeroNs) / NS_PER_MS;
  }

  #begin(run: RecordedRun): LiveRun {
    const { engine, startedAt, cwd } = run;
    const source = { command: "replay" as const, pid: 0, title: [this.#file], engine, startedAt };
    const live = new LiveRun(source, null, cwd, () => Math.max(0, Math.round(this.#atMs)));
    live.follow(() => {
      const { ledger = null, trace } = this.#moment ?? {};
      return ledger === null || trace === undefined ? null : { ledger, trace };
    });
    return live;
  }

  #take(snapshot: LiveSnapshot): void {
    this.#frames.push({ snapshot, ended: this.#tests.length });
    if (this.#frames.length < FRAMES_MAX) return;
    this.#frames = this.#frames.filter((_, index) => index % 2 === 1);
    this.#stride *= 2;
  }

  /** The verdicts of the end, on what the tests left that had ended by then. */
  #judged({ snapshot, ended }: RecordedFrame, findings: readonly Finding[], frames: number): RecordedFrame {
    const isLast = ended === this.#tests.length && frames > 0 && snapshot.state === "ended";
    const tests = new Set(this.#tests.slice(0, ended));
    const known = isLast ? findings : findings.filter(({ test }) => test !== null && tests.has(test));
    const leftOut = { ...snapshot.leftOut, causes: causesLeftOut(known) };
    return { ended, snapshot: { ...snapshot, causes: liveCauses(known, snapshot.atMs), leftOut } };
  }
}

import type { RunEvent } from "../../core/model/event.ts";
import type { Finding } from "../../core/model/finding.ts";
import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { RecordedRun } from "../../core/model/recording.ts";
import { causesLeftOut, liveCauses } from "../../core/report/live-causes.ts";
import type { Io } from "../io.ts";
import { type Played, type PlayedMoment, type PlayUntil, playing, type StacksStep } from "../replay/play.ts";
import { LiveRun } from "../run/live-run.ts";
import { judgeRun } from "../run/report-of-run.ts";
import type { FrameMaker, RecordedFrame } from "./recorded-frame.ts";
import type { RecordingPasses } from "./recording-passes.ts";

/** Ends of tests that are kept: of a longer run, every second, fourth and so on. */
const FRAMES_MAX = 512;

/** What is live is looked through for each: so many buffers in all, and so many more for each that came or went. */
const LOOKED_THROUGH_MAX = 2_000_000;
const LOOKED_THROUGH_PER_CHANGE = 2;

const NS_PER_MS = 1e6;

/** How a recorded run stood when each of its tests had ended. */
export class FramesOfRun implements FrameMaker {
  readonly #file: string;
  readonly #io: Io;
  #findings: readonly Finding[] = [];

  constructor(file: string, io: Io) {
    this.#file = file;
    this.#io = io;
  }

  async all(reading: RecordingPasses, stacks: readonly StacksStep[]): Promise<readonly RecordedFrame[]> {
    const frames = new PlayedFrames(this.#file);
    const played = await frames.play(null, stacks, reading, this.#io);
    this.#findings = judgeRun(played, played.run, this.#io).findings;
    return frames.all(played, this.#findings);
  }

  async at(until: PlayUntil, reading: RecordingPasses, stacks: readonly StacksStep[]): Promise<RecordedFrame> {
    const frames = new PlayedFrames(this.#file);
    return frames.last(await frames.play(until, stacks, reading, this.#io), this.#findings);
  }
}

/** A run as it is played once. */
class PlayedFrames {
  readonly #file: string;
  #live: LiveRun | null = null;
  #moment: PlayedMoment | null = null;
  /** How it stood when all was played. */
  #last: LiveSnapshot | null = null;
  #atMs = 0;
  #zeroNs: number | null = null;
  #frames: RecordedFrame[] = [];
  readonly #tests: string[] = [];
  /** Buffers that were live, over all that were taken. */
  #lookedThrough = 0;
  /** One of so many ends of tests is kept. */
  #stride = 1;

  constructor(file: string) {
    this.#file = file;
  }

  play(until: PlayUntil | null, stacks: readonly StacksStep[], reading: RecordingPasses, io: Io): Promise<Played> {
    const onApplied = (event: RunEvent, moment: PlayedMoment): void => this.#note(event, moment);
    const onPlayed = (moment: PlayedMoment): void => this.#end(moment, until);
    const options = { until, hasTimeline: false, onApplied, onPlayed, stacks };
    return reading.pass((reader) => playing(reader, options, io));
  }

  /** All that are kept, the end last. */
  all(played: Played, findings: readonly Finding[]): readonly RecordedFrame[] {
    const end = this.#lastFrame(played);
    const frames = this.#frames.map((frame) => this.#judged(frame, findings));
    return [...frames, judgedBy(findings, { ...end, snapshot: { ...end.snapshot, state: "ended" } })];
  }

  /** What was played last. */
  last(played: Played, findings: readonly Finding[]): RecordedFrame {
    return this.#judged(this.#lastFrame(played), findings);
  }

  #lastFrame({ durationMs, run }: Played): RecordedFrame {
    const snapshot = this.#last ?? this.#begin(run).snapshot();
    return { snapshot: { ...snapshot, atMs: durationMs }, ended: this.#tests.length };
  }

  #note(event: RunEvent, moment: PlayedMoment): void {
    this.#moment = moment;
    this.#noteTime("atNs" in event ? event.atNs : null, moment.run);
    this.#live ??= this.#begin(moment.run);
    this.#live.note(event);
    if (event.kind !== "test-end") return;
    this.#tests.push(event.ref.test);
    if (this.#tests.length % this.#stride === 0 && this.#isAffordable(moment)) this.#take(this.#live.snapshot());
  }

  #end(moment: PlayedMoment, until: PlayUntil | null): void {
    this.#moment = moment;
    if (until?.kind === "time") this.#atMs = until.time.offsetMs;
    this.#live ??= this.#begin(moment.run);
    this.#last = this.#live.snapshot();
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
    const live = new LiveRun(source, null, cwd, {
      nowMs: () => Math.max(0, Math.round(this.#atMs)),
      msOf: (ns) => (ns - (this.#zeroNs ?? ns)) / NS_PER_MS,
    });
    live.follow(() => {
      const { ledger = null, trace } = this.#moment ?? {};
      return ledger === null || trace === undefined ? null : { ledger, trace };
    });
    return live;
  }

  /** Without this, a long run with much that stays would take ten times as long to look at as to judge. */
  #isAffordable({ trace }: PlayedMoment): boolean {
    const { allocations, frees } = trace.traffic() ?? { allocations: 0, frees: 0 };
    const lookedThrough = this.#lookedThrough + allocations - frees;
    if (lookedThrough > LOOKED_THROUGH_MAX + LOOKED_THROUGH_PER_CHANGE * (allocations + frees)) return false;
    this.#lookedThrough = lookedThrough;
    return true;
  }

  #take(snapshot: LiveSnapshot): void {
    this.#frames.push({ snapshot, ended: this.#tests.length });
    if (this.#frames.length < FRAMES_MAX) return;
    this.#frames = this.#frames.filter((_, index) => index % 2 === 1);
    this.#stride *= 2;
  }

  /** The verdicts of the end, on what the tests left that had ended by then. */
  #judged(frame: RecordedFrame, findings: readonly Finding[]): RecordedFrame {
    const tests = new Set(this.#tests.slice(0, frame.ended));
    return judgedBy(
      findings.filter(({ test }) => test !== null && tests.has(test)),
      frame,
    );
  }
}

function judgedBy(findings: readonly Finding[], { snapshot, ended }: RecordedFrame): RecordedFrame {
  const leftOut = { ...snapshot.leftOut, causes: causesLeftOut(findings) };
  return { ended, snapshot: { ...snapshot, causes: liveCauses(findings, snapshot.atMs), leftOut } };
}

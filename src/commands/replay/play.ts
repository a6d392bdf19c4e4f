import { RunLedger } from "../../core/ledger/run/run-ledger.ts";
import { RunTimeline } from "../../core/ledger/timeline/run-timeline.ts";
import type { RunEvent } from "../../core/model/event.ts";
import type { RecordedEnd, RecordedRun } from "../../core/model/recording.ts";
import { RecordingError } from "../../in/recording/recording-error.ts";
import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import type { RecordingStep } from "../../in/recording/recording-step.ts";
import type { Io } from "../io.ts";
import { FollowedTrace, type RunTrace } from "../run/follow-rings.ts";
import { GuardedLedger } from "../run/guarded-ledger.ts";
import { lastTimelineOf, type Seen } from "../run/report-of-run.ts";
import { recordedStatements } from "../run/source-statements.ts";
import { resultOf } from "../work-in-slices.ts";
import { damageOf, MissingSums } from "./describe-damage.ts";
import { openSteps } from "./open-recording.ts";
import { RecordedRings } from "./recorded-rings.ts";
import type { TimeLimit } from "./time-limit.ts";
import { instantAt, type RecordedTime } from "./until.ts";

/** A run as a recording has it. */
export interface Played extends Seen {
  readonly run: RecordedRun;
  readonly durationMs: number;
  /** What the recording lacks, a sentence each. */
  readonly lacks: readonly string[];
}

/** Up to where a run is taken. */
export type PlayUntil =
  /** The first end of that test, by CLOCK_MONOTONIC in ns; null: the time is not known. */
  | { readonly kind: "test"; readonly test: string; readonly endNs: number | null }
  | { readonly kind: "time"; readonly text: string; readonly time: RecordedTime; readonly limit: TimeLimit };

/** How much of a recording is taken, and what is made of it beside the record. */
export interface PlayOptions {
  /** null: all of it. */
  readonly until: PlayUntil | null;
  readonly hasTimeline: boolean;
  /** Told of each event when it was booked, and of how things stood then. */
  readonly onApplied?: (event: RunEvent, moment: PlayedMoment) => void;
  /** Told when all of it was booked, of how things stand then. */
  readonly onPlayed?: (moment: PlayedMoment) => void;
  /** What processes named in all of the recording: where lines are wanted before they were recorded. */
  readonly stacks?: readonly StacksStep[];
}

export type StacksStep = Extract<RecordingStep, { readonly kind: "stacks" }>;

/** All Python stacks of a recording, found step by step. */
export function* findingStacks(reader: RecordingReader): Generator<void, readonly StacksStep[], void> {
  const stacks: StacksStep[] = [];
  for (const step of reader.steps()) {
    if (step.kind === "stacks") stacks.push(step);
    yield;
  }
  return stacks;
}

/** How a run stood when something of it was booked; to be looked at and not kept. */
export interface PlayedMoment {
  readonly run: RecordedRun;
  /** null: its record has been taken. */
  readonly ledger: RunLedger | null;
  readonly trace: RunTrace;
}

/**
 * Has the ledger take what a recording has, in the order in which the engine took it.
 *
 * @throws RecordingError where it is of no run
 */
export function play(reader: RecordingReader, options: PlayOptions, io: Io): Played {
  return resultOf(playing(reader, options, io));
}

/** The same, step by step: for who does something else in between. */
export function* playing(
  reader: RecordingReader,
  { until, hasTimeline, onApplied, onPlayed, stacks = [] }: PlayOptions,
  io: Io,
): Generator<void, Played, void> {
  const { begun: run, steps } = openSteps(reader);
  if (run.source !== "run") throw new RecordingError(`it is a recording of tt-memwatch ${run.source}, not of run`);
  const timeline = hasTimeline ? new RunTimeline(run.startedNs) : null;
  const limit = until?.kind === "time" ? until.limit : null;
  const { trace, rings } = openTrace(timeline, limit);
  using _ = trace;
  const heard = (event: RunEvent): void => timeline?.apply(event);
  const ledger = new GuardedLedger(trace, io, heard, (event) =>
    onApplied?.(event, { run, ledger: ledger.soFar, trace }),
  );
  const dropped = new MissingSums();
  let end: RecordedEnd | null = null;
  for (const step of steps) {
    if (step.kind === "end") end = step.end;
    else if (step.kind === "dropped") dropped.add(step.dropped);
    if (step.kind !== "event") rings.take(step);
    else if (limit === null || limit.takes(step.event)) ledger.apply(step.event);
    if (step.kind === "ring") for (const named of stacks) if (named.ring === step.ring.ring) rings.take(named);
    // The ledger cannot go on without events, as it can without records.
    if (isEndOf(step, until) || dropped.events > 0) break;
    yield;
  }
  if (until !== null) end = null;
  if (end !== null) rings.close(end.rings);
  io.faults.guard("showing what was seen", () => onPlayed?.({ run, ledger: ledger.soFar, trace }));
  const record =
    io.faults.guard("putting together what was recorded", () => ledger.record()) ?? new RunLedger().record();
  yield;
  const lacks = lacksOf(reader, dropped, until);
  return {
    run,
    lacks,
    commandExitCode: end?.commandExitCode ?? null,
    durationMs: durationOf(run, end, until, reader),
    record,
    hashOf: recordedStatements(end?.statements ?? []),
    warnings: [...(end?.warnings ?? []), ...lacks],
    allocations: end?.allocations ?? null,
    otherTraced: trace.others(),
    rings: trace.rings(),
    timeline: lastTimelineOf(timeline, trace, io),
    closed: end === null ? `where ${until === null ? "the recording" : "this part of it"} ends` : undefined,
  };
}

function openTrace(
  timeline: RunTimeline | null,
  limit: TimeLimit | null,
): { readonly trace: FollowedTrace; readonly rings: RecordedRings } {
  let rings: RecordedRings | null = null;
  const trace = new FollowedTrace(null, timeline, (sinkOf) => {
    rings = new RecordedRings(sinkOf, limit);
    return rings;
  });
  if (rings === null) throw new Error("a trace opens its rings at once");
  return { trace, rings };
}

function durationOf(
  run: RecordedRun,
  end: RecordedEnd | null,
  until: PlayUntil | null,
  reader: RecordingReader,
): number {
  if (until?.kind === "time") return Math.round(until.time.offsetMs);
  const ended = until === null || until.endNs === null ? null : instantAt(run, until.endNs);
  if (ended !== null) return Math.round(ended.offsetMs);
  return end?.durationMs ?? Math.max(0, reader.reachedMs - Date.parse(run.startedAt));
}

/** Whether nothing after this step is taken, where the end of a test is the limit. */
export function isEndOf(step: RecordingStep, until: PlayUntil | null): boolean {
  if (until?.kind !== "test") return false;
  return step.kind === "event" && step.event.kind === "test-end" && step.event.ref.test === until.test;
}

function lacksOf(reader: RecordingReader, dropped: MissingSums, until: PlayUntil | null): string[] {
  if (until?.kind === "test") return [`--until ended the report where ${until.test} ended`];
  if (until?.kind === "time") return [`--until ended the report at ${until.text}`, ...dropped.warnings()];
  return [...(dropped.events === 0 ? damageOf(reader) : []), ...dropped.warnings()];
}

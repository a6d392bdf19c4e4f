import { count } from "../../core/base/count.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { RunLedger } from "../../core/ledger/run/run-ledger.ts";
import { RunTimeline } from "../../core/ledger/timeline/run-timeline.ts";
import type { RecordedEnd, RecordedRun } from "../../core/model/recording.ts";
import type { RecordingReader, RecordingStep } from "../../in/recording/recording-reader.ts";
import type { Io } from "../io.ts";
import { FollowedTrace } from "../run/follow-rings.ts";
import { GuardedLedger } from "../run/guarded-ledger.ts";
import { type Seen, timelineOf } from "../run/report-of-run.ts";
import { recordedStatements } from "../run/source-statements.ts";
import { RecordedRings } from "./recorded-rings.ts";

/** A run as a recording has it. */
export interface Played extends Seen {
  readonly run: RecordedRun;
  readonly durationMs: number;
}

/** What was missing between blocks, in all. */
interface Dropped {
  events: number;
  records: number;
}

/** How much of a recording is taken, and what is made of it beside the record. */
export interface PlayOptions {
  /** The test whose first end is the last thing that is taken; null: all is. */
  readonly until: string | null;
  readonly hasTimeline: boolean;
}

/**
 * Has the ledger take what a recording has, in the order in which the engine took it.
 *
 * @throws UsageError where that test did not end in the recording, RecordingError where nothing can be read
 */
export function play(reader: RecordingReader, { until, hasTimeline }: PlayOptions, io: Io): Played {
  const timeline = hasTimeline ? new RunTimeline(null) : null;
  const { trace, rings } = openTrace(timeline);
  using _ = trace;
  const ledger = new GuardedLedger(trace, io, (event) => timeline?.apply(event));
  const dropped = { events: 0, records: 0 };
  let run: RecordedRun | null = null;
  let end: RecordedEnd | null = null;
  let isUntilReached = false;
  for (const step of reader.steps()) {
    if (step.kind === "run") run = step.run;
    else if (step.kind === "end") end = step.end;
    else take(step, ledger, rings, dropped);
    isUntilReached = isEndOf(step, until);
    // The ledger cannot go on without events, as it can without records.
    if (isUntilReached || dropped.events > 0) break;
  }
  if (run === null) throw new Error("a recording without a run was read");
  if (until !== null && !isUntilReached) throw notEnded(until, reader);
  if (end !== null) rings.close(end.rings);
  const record =
    io.faults.guard("putting together what was recorded", () => ledger.record()) ?? new RunLedger().record();
  const lacks = until === null ? lacksOf(reader, dropped) : [`this is the run up to the end of ${until}`];
  return {
    run,
    commandExitCode: end?.commandExitCode ?? null,
    durationMs: end?.durationMs ?? Math.max(0, reader.reachedMs - Date.parse(run.startedAt)),
    record,
    hashOf: recordedStatements(end?.statements ?? []),
    warnings: [...(end?.warnings ?? []), ...lacks],
    allocations: end?.allocations ?? null,
    otherTraced: trace.others(),
    rings: trace.rings(),
    timeline: timelineOf(timeline, trace, io),
    closed: end === null ? `where ${until === null ? "the recording" : "this part of it"} ends` : undefined,
  };
}

function openTrace(timeline: RunTimeline | null): { readonly trace: FollowedTrace; readonly rings: RecordedRings } {
  let rings: RecordedRings | null = null;
  const trace = new FollowedTrace(null, timeline, (sinkOf) => {
    rings = new RecordedRings(sinkOf);
    return rings;
  });
  if (rings === null) throw new Error("a trace opens its rings at once");
  return { trace, rings };
}

function take(
  step: Exclude<RecordingStep, { readonly kind: "run" | "end" }>,
  ledger: GuardedLedger,
  rings: RecordedRings,
  dropped: Dropped,
): void {
  switch (step.kind) {
    case "ring":
      rings.see(step.ring);
      break;
    case "stacks":
      rings.name(step.ring, step.stacks);
      break;
    case "event":
      ledger.apply(step.event);
      break;
    case "records":
      rings.record(step.ring, step.count, step.next);
      break;
    case "lost":
      rings.lose(step.ring, step.records);
      break;
    case "dropped":
      dropped.events += step.dropped.events;
      for (const [ring, records] of step.dropped.records) {
        dropped.records += records;
        rings.lose(ring, records);
      }
      break;
  }
}

function isEndOf(step: RecordingStep, test: string | null): boolean {
  return step.kind === "event" && step.event.kind === "test-end" && step.event.ref.test === test;
}

function notEnded(test: string, { problem }: RecordingReader): UsageError {
  const why = problem === null ? "" : `; ${problem}`;
  const what = `no such test ended in this recording${why}`;
  return new UsageError(`replay: --until ${test}: ${what}; name one by its node id, as replay --json - lists them`);
}

function lacksOf(reader: RecordingReader, { events, records }: Dropped): string[] {
  const missing = records === 0 ? [] : [`the recording lacks ${count(records, "traced record")}: ${TOO_SLOW}`];
  return [
    ...(events === 0
      ? damageOf(reader)
      : [`the recording lacks ${count(events, "event")}: ${TOO_SLOW}; this is what it has before them`]),
    ...missing,
  ];
}

const TOO_SLOW = "the disk did not take them in time";

function damageOf({ problem, readableBytes, sizeBytes, hasEnd }: RecordingReader): string[] {
  if (problem === null) return [];
  const what = hasEnd
    ? "all of the run could be read"
    : `this is what its first ${readableBytes} of ${sizeBytes} bytes have`;
  return [`the recording is not whole: ${problem}; ${what}`];
}

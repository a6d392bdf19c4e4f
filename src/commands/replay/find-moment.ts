import { count } from "../../core/base/count.ts";
import { formatDuration } from "../../core/base/duration.ts";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { namedTest, severalText } from "../../core/model/named-test.ts";
import type { Recorded } from "../../core/model/recording.ts";
import type { RecordingPlaces } from "../../in/recording/recording-places.ts";
import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import { resultOf } from "../work-in-slices.ts";
import { openSteps } from "./open-recording.ts";
import { type RecordedTime, timeIn, type Until } from "./until.ts";

/** What of a recording says which moments it has. */
export interface Moments {
  readonly begun: Recorded;
  /** When each test had ended the first time, by CLOCK_MONOTONIC in ns; null: it did, and the time is not known. */
  readonly ends: ReadonlyMap<string, number | null>;
  /** Up to where it can be read. */
  readonly durationMs: number;
  /** Why a test may not be found that ended; null: all are. */
  readonly problem: string | null;
}

/** A moment that a recording has. */
export type RecordedMoment =
  /** The first end of that test. */
  | { readonly kind: "test"; readonly test: string; readonly endNs: number | null }
  | { readonly kind: "time"; readonly text: string; readonly time: RecordedTime };

/** Reads all of a recording. Throws RecordingError where nothing can be read. */
export function momentsOf(reader: RecordingReader): Moments {
  return resultOf(findingMoments(reader));
}

/** The same, step by step: for who does something else in between. */
export function* findingMoments(reader: RecordingReader): Generator<void, Moments, void> {
  const { begun, steps } = openSteps(reader);
  const ends = new Map<string, number | null>();
  let durationMs: number | null = null;
  for (const step of steps) {
    yield;
    if (step.kind === "end") durationMs = step.end.durationMs;
    if (step.kind !== "event" || step.event.kind !== "test-end") continue;
    const { ref, atNs } = step.event;
    if (!ends.has(ref.test)) ends.set(ref.test, atNs);
  }
  durationMs ??= Math.max(0, reader.reachedMs - Date.parse(begun.startedAt));
  return { begun, ends, durationMs, problem: reader.problem };
}

/** The same by its index, without reading the rest. */
export function momentsIn({ begun, index: { tests, moreTests }, durationMs }: RecordingPlaces): Moments {
  const ends = new Map<string, number | null>();
  for (const { test, endNs } of tests) if (endNs !== null && !ends.has(test)) ends.set(test, endNs);
  const more = `${count(moreTests, "test")} beyond the first ${tests.length} are not found so`;
  return { begun, ends, durationMs, problem: moreTests === 0 ? null : more };
}

/** @throws UsageError where the recording has no such moment, or several tests could be meant */
export function findMoment(until: Until, moments: Moments): RecordedMoment {
  if (until.kind === "test") return endOf(until, moments);
  const time = timeIn(moments.begun, until);
  if (time.offsetMs <= moments.durationMs) return { kind: "time", text: until.text, time };
  const hint = until.kind === "clock" ? "; write a time after the start as 1m30s" : "";
  const length = formatDuration(moments.durationMs);
  throw new UsageError(`${until.option} ${until.text}: the recording ends before that, after ${length}${hint}`);
}

function endOf({ option, test }: Extract<Until, { kind: "test" }>, { ends, problem }: Moments): RecordedMoment {
  const named = namedTest(test, ends.keys());
  if (named.kind === "one") return { kind: "test", test: named.test, endNs: ends.get(named.test) ?? null };
  const said = `${option} ${printable(test)}`;
  if (named.kind === "several") throw new UsageError(`${said}: it could be ${severalText(named.tests)}`);
  const why = problem === null ? "" : `; ${problem}`;
  throw new UsageError(
    `${said}: no such test ended in this recording${why}; name one by its node id, as replay --json - lists them`,
  );
}

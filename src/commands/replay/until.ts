import { UsageError } from "../../core/base/usage-error.ts";
import type { Recorded } from "../../core/model/recording.ts";

/** How a moment of a recording is named, for the help of each option that takes one. */
export const MOMENT_HELP =
  "when this test first ended, or at a time: 90s or 1m30s after the start, or 14:05:30 or 2026-11-27T14:05:30Z";

/** Up to where a recording is taken. */
export type Until =
  /** The first end of that test. */
  | { readonly kind: "test"; readonly option: string; readonly test: string }
  | { readonly kind: "offset"; readonly option: string; readonly text: string; readonly ms: number }
  | { readonly kind: "instant"; readonly option: string; readonly text: string; readonly ms: number }
  /** The first time after the beginning at which a clock shows this. */
  | { readonly kind: "clock"; readonly option: string; readonly text: string; readonly ms: number };

const OFFSET = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;
const NUMBER = /^\d+(?:\.\d+)?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?$/;

const MS_PER_S = 1_000;
const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 86_400_000;
const NS_PER_MS = 1_000_000;

/**
 * What is not a time is the id of a test.
 *
 * @param option whose value it is, for the message
 * @throws UsageError for what is neither
 */
export function parseUntil(option: string, text: string): Until {
  if (text === "") {
    throw new UsageError(
      `${option} needs a test or a time, for example tests/test_mlp.py::test_mlp, 1m30s, or 14:05:30`,
    );
  }
  if (NUMBER.test(text)) throw new UsageError(`${option} ${text}: a time needs a unit, for example ${text}s`);
  const offset = OFFSET.exec(text);
  if (offset !== null) {
    const [, hours, minutes, seconds, ms] = offset.map((part) => Number(part ?? 0));
    return { kind: "offset", option, text, ms: (hours ?? 0) * MS_PER_HOUR + clockMs(0, minutes, seconds) + (ms ?? 0) };
  }
  if (INSTANT.test(text)) {
    const ms = Date.parse(text);
    if (Number.isNaN(ms)) throw new UsageError(`${option} ${text}: there is no such time`);
    return { kind: "instant", option, text, ms };
  }
  const clock = CLOCK.exec(text);
  if (clock === null) return { kind: "test", option, test: text };
  const [, hours, minutes, seconds] = clock.map((part) => Number(part ?? 0));
  const ms = clockMs(hours, minutes, seconds);
  if (ms >= MS_PER_DAY) throw new UsageError(`${option} ${text}: no clock shows that time`);
  return { kind: "clock", option, text, ms };
}

function clockMs(hours = 0, minutes = 0, seconds = 0): number {
  return hours * MS_PER_HOUR + minutes * MS_PER_MINUTE + seconds * MS_PER_S;
}

/** An instant of a recording. */
export interface RecordedTime {
  /** CLOCK_MONOTONIC. */
  readonly ns: number;
  /** Since the recording began. */
  readonly offsetMs: number;
  /** Since 1970. */
  readonly ms: number;
}

/** The instant that is meant in a recording. Throws UsageError where there is none. */
export function timeIn({ startedAt, startedNs }: Recorded, until: Exclude<Until, { kind: "test" }>): RecordedTime {
  if (startedNs === null) {
    throw new UsageError(
      `${until.option} ${until.text}: this recording is of an earlier tt-memwatch and has no times; name a test`,
    );
  }
  const startMs = Date.parse(startedAt);
  const offsetMs = offsetOf(until, startMs);
  if (offsetMs < 0) throw new UsageError(`${until.option} ${until.text}: the recording begins later, at ${startedAt}`);
  return { ns: startedNs + offsetMs * NS_PER_MS, offsetMs, ms: startMs + offsetMs };
}

/** An instant by CLOCK_MONOTONIC; null: the recording does not say when it began by that clock. */
export function instantAt({ startedAt, startedNs }: Recorded, ns: number): RecordedTime | null {
  if (startedNs === null) return null;
  const offsetMs = (ns - startedNs) / NS_PER_MS;
  return { ns, offsetMs, ms: Date.parse(startedAt) + offsetMs };
}

function offsetOf(until: Exclude<Until, { kind: "test" }>, startMs: number): number {
  if (until.kind === "offset") return until.ms;
  if (until.kind === "instant") return until.ms - startMs;
  const midnight = new Date(startMs).setHours(0, 0, 0, 0);
  const onFirstDay = midnight + until.ms - startMs;
  return onFirstDay >= 0 ? onFirstDay : onFirstDay + MS_PER_DAY;
}

import type { RunEvent } from "../../core/model/event.ts";
import type { TraceRecord } from "../../core/model/trace-record.ts";
import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import { resultOf } from "../work-in-slices.ts";
import type { RecordedTime } from "./until.ts";

/** What of a recording had happened by a time. */
export interface TimeLimit {
  isBefore(record: TraceRecord): boolean;
  /** To be asked of each event, in order. */
  takes(event: RunEvent): boolean;
  /** The same for who reads the recording once more from its beginning. */
  again(): TimeLimit;
}

/** Of no process. */
const NOBODY = -1;

/**
 * Finds out what had happened by a time. Most events have no time of their own: what a process said before something of that time
 * or earlier had happened, and so had what was in the file by then.
 */
export function limitTo(time: RecordedTime, reader: RecordingReader): TimeLimit {
  return resultOf(findingLimit(time, reader));
}

/** The same, step by step: for who does something else in between. */
export function* findingLimit(time: RecordedTime, reader: RecordingReader): Generator<void, TimeLimit, void> {
  const heard = new Map<number, number>();
  const taken = new Map<number, number>();
  /** Processes of which something later was seen. */
  const past = new Set<number>();
  for (const step of reader.steps()) {
    yield;
    if (step.kind !== "event") continue;
    const process = processOf(step.event);
    const number = (heard.get(process) ?? 0) + 1;
    heard.set(process, number);
    const atNs = timeOf(step.event);
    if (atNs !== null && atNs > time.ns) past.add(process);
    const hasHappened = atNs !== null || reader.reachedMs <= time.ms;
    if (hasHappened && !past.has(process)) taken.set(process, number);
  }
  return limitAt(time, taken);
}

/** `taken`: events of each process. */
function limitAt(time: RecordedTime, taken: ReadonlyMap<number, number>): TimeLimit {
  const asked = new Map<number, number>();
  return {
    isBefore: ({ timeNs }) => timeNs <= time.ns,
    takes: (event) => {
      const process = processOf(event);
      const number = (asked.get(process) ?? 0) + 1;
      asked.set(process, number);
      return number <= (taken.get(process) ?? 0);
    },
    again: () => limitAt(time, taken),
  };
}

function processOf(event: RunEvent): number {
  return "process" in event ? event.process : NOBODY;
}

/** CLOCK_MONOTONIC in ns; null: it has none. */
function timeOf(event: RunEvent): number | null {
  return "atNs" in event ? event.atNs : null;
}

import type { MemoryEvents } from "./memory-events.ts";
import { placeAfter, placeIn } from "./search-ascending.ts";

/** Which of a memory's events happened at an instant. */
export interface EventsAt {
  /** Events before it. */
  readonly before: number;
  /** Of each that happened at it: row of the table that was born, or `~row` of one that died. */
  readonly rows: Int32Array;
  /** All events. */
  readonly count: number;
}

export function eventsAt({ atNs, rows }: MemoryEvents, ns: number): EventsAt {
  const before = placeIn(atNs, ns);
  return { before, rows: rows.subarray(before, placeAfter(atNs, ns)), count: rows.length };
}

/** When the event after an instant happened, or the one before it; null: there is none. */
export function nextEventNs({ atNs }: MemoryEvents, ns: number, by: 1 | -1): number | null {
  return atNs[by === 1 ? placeAfter(atNs, ns) : placeIn(atNs, ns) - 1] ?? null;
}

/** When the first event happened, or the last; null: there is none. */
export function outermostEventNs({ atNs }: MemoryEvents, end: "first" | "last"): number | null {
  return atNs.at(end === "first" ? 0 : -1) ?? null;
}

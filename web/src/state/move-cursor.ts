import { nextEventNs, outermostEventNs } from "../model/events-at.ts";
import { peakNs } from "../model/memory-curve.ts";
import type { MemoryEvents } from "../model/memory-events.ts";
import { change, connection, course, cursorNs, endNs, memory, viewState } from "./store.ts";

// Where the cursor goes. What is zoomed follows it.

/** What is shown on the other side of the cursor when the range was moved to have it: a share of the range. */
const BEYOND = 0.1;

export function moveToTest(by: 1 | -1): void {
  const tests = course.value?.timeline.tests ?? [];
  const at = cursorNs.value;
  const ends = [...new Set(tests.map(({ endNs: ended }) => ended ?? endNs.value))].toSorted((a, b) => a - b);
  moveTo((by === 1 ? ends.find((ended) => ended > at) : ends.findLast((ended) => ended < at)) ?? null);
}

/** To the next instant at which something of the memory that is shown was allocated or freed, or to the previous one. */
export function moveToEvent(by: 1 | -1): void {
  const events = eventsNow();
  if (events !== null) moveTo(nextEventNs(events, cursorNs.value, by));
}

export function moveToOutermostEvent(end: "first" | "last"): void {
  const events = eventsNow();
  if (events !== null) moveTo(outermostEventNs(events, end));
}

export function moveToPeak(): void {
  const { timeline } = course.value ?? {};
  if (timeline !== undefined && memory.value !== null) moveTo(peakNs(timeline, memory.value.index));
}

/** Of a run that goes on, the end moves, and the cursor with it. */
export function moveToEnd(): void {
  if (connection.value.kind === "live") change({ cursorNs: null });
  else moveTo(endNs.value);
}

function eventsNow(): MemoryEvents | null {
  return memory.value === null ? null : (course.value?.events.of(memory.value.index) ?? null);
}

/** null: there is nowhere to go. */
function moveTo(ns: number | null): void {
  if (ns !== null) change({ cursorNs: ns, range: rangeWith(ns) });
}

/** What is shown of the timeline, moved as far as it takes to have an instant in it, and some of what is beyond. */
function rangeWith(ns: number): readonly [number, number] | null {
  const { range } = viewState.value;
  if (range === null || (range[0] <= ns && ns <= range[1])) return range;
  const length = range[1] - range[0];
  const wanted = ns < range[0] ? ns - length * BEYOND : ns - length * (1 - BEYOND);
  const from = Math.round(Math.min(Math.max(wanted, 0), endNs.value - length));
  return [from, from + length];
}

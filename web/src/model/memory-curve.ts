import type { Timeline } from "../../../src/core/model/timeline.ts";
import { type EventsByMemory, type MemoryEvents, memoryEvents } from "./memory-events.ts";
import { placeAfter, placeIn } from "./search-ascending.ts";

/** Events of a range beyond which they are not drawn one by one: there are not as many pixels. */
const EXACT_EVENTS_MAX = 4_096;
/** Spans that a range with more events is drawn in. */
const SPANS = 2_048;
/** The engine's own spans of a range, from which on they are drawn as they are: events need not be put in order then. */
const OWN_SPANS_MIN = 1_024;

/** What a memory held over a range of time, by which all of it is drawn. Each value is of its instant and until the next one. */
export interface Curve {
  /** ns, ascending. */
  readonly atNs: Float64Array;
  readonly mostBytes: Float64Array;
  readonly leastBytes: Float64Array;
}

/** What a memory held at instants: amounts of one instant add up, which the most and the least of a span do not. */
export interface HeldCurve {
  /** ns, ascending. */
  readonly atNs: Float64Array;
  readonly bytes: Float64Array;
}

/** A run and the events of its memories. */
export interface Course {
  readonly timeline: Timeline;
  readonly events: EventsByMemory;
}

/** How a range is drawn. */
type Drawing =
  /** Each event, those from one place to another. */
  | { readonly kind: "events"; readonly events: MemoryEvents; readonly from: number; readonly to: number }
  | { readonly kind: "spans"; readonly events: MemoryEvents; readonly spans: Spans }
  /** As the engine had them: not all events are known, or they are too many to be put in order for it. */
  | { readonly kind: "own-spans"; readonly spans: Spans };

/** Spans of time of equal length, one after the other; ns. */
interface Spans {
  readonly firstNs: number;
  readonly eachNs: number;
  readonly number: number;
}

/** The curve of a series from one time to another. */
export function curveOf(course: Course, series: number, fromNs: number, toNs: number): Curve {
  const drawing = drawingOf(course, series, fromNs, toNs);
  switch (drawing.kind) {
    case "events": {
      const { atNs, bytes } = eventCurve(drawing, fromNs, toNs);
      return { atNs, mostBytes: bytes, leastBytes: bytes };
    }
    case "spans":
      return spanCurve(drawing);
    case "own-spans":
      return ownSpanCurve(course.timeline, series, drawing.spans);
    default:
      return drawing satisfies never;
  }
}

/** The same instants, or where single events are not drawn the ends of its spans. */
export function heldCurve(course: Course, series: number, fromNs: number, toNs: number): HeldCurve {
  const drawing = drawingOf(course, series, fromNs, toNs);
  switch (drawing.kind) {
    case "events":
      return eventCurve(drawing, fromNs, toNs);
    case "spans": {
      const atNs = endsOf(drawing.spans);
      return { atNs, bytes: heldAtEach(drawing.events, atNs) };
    }
    case "own-spans":
      return ownHeldCurve(course.timeline, series, drawing.spans);
    default:
      return drawing satisfies never;
  }
}

function drawingOf({ timeline, events: all }: Course, series: number, fromNs: number, toNs: number): Drawing {
  const own = ownSpans(timeline, fromNs, toNs);
  const isLarge = own.number >= OWN_SPANS_MIN && timeline.allocations.rows > EXACT_EVENTS_MAX;
  if (isLarge || !areAllKnown(timeline, series)) return { kind: "own-spans", spans: own };
  const events = all.of(series);
  const [from, to] = [placeIn(events.atNs, fromNs), placeAfter(events.atNs, toNs)];
  if (to - from <= EXACT_EVENTS_MAX) return { kind: "events", events, from, to };
  const spans = { firstNs: fromNs, eachNs: Math.ceil((toNs - fromNs) / SPANS), number: SPANS };
  return { kind: "spans", events, spans };
}

/** Whether each allocation of a memory is in the table. */
export function areAllKnown({ allocations, series }: Timeline, index: number): boolean {
  const { lostRecords = 0, knownFrom } = series[index] ?? {};
  return allocations.omitted === 0 && lostRecords === 0 && knownFrom !== "checkpoints";
}

/** The engine's spans that a range is in, and one beside it on both sides. */
function ownSpans({ bucketNs, endNs }: Timeline, fromNs: number, toNs: number): Spans {
  const first = Math.max(0, Math.floor(fromNs / bucketNs) - 1);
  const last = Math.min(Math.floor(Math.min(toNs, endNs) / bucketNs) + 1, Math.ceil(endNs / bucketNs));
  return { firstNs: first * bucketNs, eachNs: bucketNs, number: last - first + 1 };
}

/** With what was held at the beginning and at the end of the range. */
function eventCurve(
  { events, from, to }: Extract<Drawing, { kind: "events" }>,
  fromNs: number,
  toNs: number,
): HeldCurve {
  const atNs = new Float64Array(to - from + 2);
  const bytes = new Float64Array(to - from + 2);
  atNs[0] = fromNs;
  bytes[0] = events.heldBytes[from - 1] ?? events.beforeBytes;
  let last = 0;
  const put = (ns: number, held: number): void => {
    if (ns !== atNs[last]) last += 1;
    atNs[last] = ns;
    bytes[last] = held;
  };
  for (let event = from; event < to; event++) put(events.atNs[event] ?? 0, events.heldBytes[event] ?? 0);
  put(toNs, bytes[last] ?? 0);
  return { atNs: atNs.subarray(0, last + 1), bytes: bytes.subarray(0, last + 1) };
}

/** The most and the least of each span, when all that happened at an instant had happened. */
function spanCurve({ events, spans }: Extract<Drawing, { kind: "spans" }>): Curve {
  const { atNs, heldBytes, beforeBytes } = events;
  const begins = beginsOf(spans);
  const [mostBytes, leastBytes] = [new Float64Array(spans.number), new Float64Array(spans.number)];
  let event = placeIn(atNs, spans.firstNs);
  let held = heldBytes[event - 1] ?? beforeBytes;
  for (let span = 0; span < spans.number; span++) {
    const beginNs = begins[span] ?? 0;
    let [most, least] = atNs[event] === beginNs ? [0, Infinity] : [held, held];
    for (; event < atNs.length && (atNs[event] ?? 0) < beginNs + spans.eachNs; event++) {
      held = heldBytes[event] ?? 0;
      if (atNs[event + 1] === atNs[event]) continue;
      most = Math.max(most, held);
      least = Math.min(least, held);
    }
    mostBytes[span] = most;
    leastBytes[span] = least;
  }
  return { atNs: begins, mostBytes, leastBytes };
}

function ownSpanCurve(timeline: Timeline, series: number, spans: Spans): Curve {
  const { mostBytes, leastBytes, lastBytes } = ownBytes(timeline, series);
  return {
    atNs: beginsOf(spans),
    mostBytes: ownValues(spans, timeline, mostBytes, lastBytes),
    leastBytes: ownValues(spans, timeline, leastBytes, lastBytes),
  };
}

/** The span after the run's end, with which a curve is drawn up to there, has no end of its own. */
function ownHeldCurve(timeline: Timeline, series: number, { firstNs, eachNs, number }: Spans): HeldCurve {
  const ended = Math.max(1, Math.min(number, Math.ceil((timeline.endNs - firstNs) / eachNs)));
  const spans = { firstNs, eachNs, number: ended };
  const { lastBytes } = ownBytes(timeline, series);
  return { atNs: endsOf(spans), bytes: ownValues(spans, timeline, lastBytes, lastBytes) };
}

const NOTHING = new Float64Array();

function ownBytes({ series }: Timeline, index: number) {
  return series[index] ?? { mostBytes: NOTHING, leastBytes: NOTHING, lastBytes: NOTHING };
}

/** What follows the last value is as it was. */
function ownValues(spans: Spans, timeline: Timeline, values: Float64Array, lastBytes: Float64Array): Float64Array {
  const first = spans.firstNs / timeline.bucketNs;
  const all = new Float64Array(spans.number).fill(lastBytes.at(-1) ?? 0);
  all.set(values.subarray(first, first + spans.number));
  return all;
}

function beginsOf({ firstNs, eachNs, number }: Spans): Float64Array {
  return new Float64Array(number).map((_, span) => firstNs + span * eachNs);
}

/** The last instant of each. */
function endsOf({ firstNs, eachNs, number }: Spans): Float64Array {
  return new Float64Array(number).map((_, span) => firstNs + (span + 1) * eachNs - 1);
}

function heldAtEach(events: MemoryEvents, instantsNs: Float64Array): Float64Array {
  let event = 0;
  return instantsNs.map((ns) => {
    while (event < events.atNs.length && (events.atNs[event] ?? 0) <= ns) event += 1;
    return events.heldBytes[event - 1] ?? events.beforeBytes;
  });
}

/** When a series held most for the first time, as near as is known; ns. */
export function peakNs(timeline: Timeline, index: number): number {
  const { bucketNs, allocations } = timeline;
  const { mostBytes } = ownBytes(timeline, index);
  let best = 0;
  for (let span = 1; span < mostBytes.length; span++) if ((mostBytes[span] ?? 0) > (mostBytes[best] ?? 0)) best = span;
  const fromNs = best * bucketNs;
  if (!areAllKnown(timeline, index)) return fromNs + Math.floor(bucketNs / 2);
  // No more than these are put in order: it is asked before anything is shown.
  const { atNs, heldBytes, beforeBytes } = memoryEvents(allocations, index, fromNs, fromNs + bucketNs);
  let [highestNs, highest] = [fromNs, beforeBytes];
  for (let event = 0; event < atNs.length; event++) {
    if (atNs[event + 1] === atNs[event] || (heldBytes[event] ?? 0) <= highest) continue;
    [highestNs, highest] = [atNs[event] ?? 0, heldBytes[event] ?? 0];
  }
  return highestNs;
}

/** What a series held at an instant, as near as is known. `live`: rows of the table that were live then. */
export function heldBytesAt(timeline: Timeline, index: number, live: readonly number[], ns: number): number {
  const { bucketNs, allocations } = timeline;
  if (areAllKnown(timeline, index)) return live.reduce((sum, row) => sum + (allocations.sizeBytes[row] ?? 0), 0);
  const { mostBytes, lastBytes } = ownBytes(timeline, index);
  return mostBytes[Math.floor(ns / bucketNs)] ?? lastBytes.at(-1) ?? 0;
}

/** What a stepped curve says of an instant; 0 before its first. */
export function heldAt(atNs: ArrayLike<number>, bytes: ArrayLike<number>, ns: number): number {
  return bytes[placeAfter(atNs, ns) - 1] ?? 0;
}

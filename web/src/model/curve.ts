import type { Timeline } from "../../../src/core/model/timeline.ts";

/** Events of a range beyond which they are not drawn one by one. */
const EXACT_EVENTS_MAX = 20_000;

/** What a memory held over a range of time: the most and the least at each instant that is drawn. */
export interface Curve {
  /** Seconds from the beginning. */
  readonly atS: readonly number[];
  readonly mostBytes: readonly number[];
  readonly leastBytes: readonly number[];
  /** Whether each event is in it. */
  readonly isExact: boolean;
}

const NS_PER_S = 1e9;

/** The curve of a series from one time to another: each event where there are few and all are known, else by bucket. */
export function curveOf(timeline: Timeline, series: number, fromNs: number, toNs: number): Curve {
  return exactCurve(timeline, series, fromNs, toNs) ?? bucketCurve(timeline, series, fromNs, toNs);
}

function bucketCurve({ series, bucketNs, endNs }: Timeline, index: number, fromNs: number, toNs: number): Curve {
  const { mostBytes = [], leastBytes = [], lastBytes = [] } = series[index] ?? {};
  const last = Math.min(Math.floor(Math.min(toNs, endNs) / bucketNs) + 1, Math.ceil(endNs / bucketNs));
  const first = Math.max(0, Math.floor(fromNs / bucketNs) - 1);
  const curve = { atS: [] as number[], mostBytes: [] as number[], leastBytes: [] as number[] };
  const lastKnown = lastBytes.at(-1) ?? 0;
  for (let bucket = first; bucket <= last; bucket++) {
    curve.atS.push((bucket * bucketNs) / NS_PER_S);
    curve.mostBytes.push(mostBytes[bucket] ?? lastKnown);
    curve.leastBytes.push(leastBytes[bucket] ?? lastKnown);
  }
  return { ...curve, isExact: false };
}

function exactCurve({ allocations, series }: Timeline, index: number, fromNs: number, toNs: number): Curve | null {
  if (allocations.omitted > 0 || (series[index]?.lostRecords ?? 0) > 0) return null;
  const { rows, bornNs, diedNs, sizeBytes, series: of } = allocations;
  const events: (readonly [atNs: number, bytes: number])[] = [];
  let held = 0;
  for (let row = 0; row < rows; row++) {
    if (of[row] !== index) continue;
    const [born, died, bytes] = [bornNs[row] ?? 0, diedNs[row] ?? 0, sizeBytes[row] ?? 0];
    if (born < fromNs) held += bytes;
    else if (born <= toNs) events.push([born, bytes]);
    if (died < fromNs) held -= bytes;
    else if (died <= toNs) events.push([died, -bytes]);
    if (events.length > EXACT_EVENTS_MAX) return null;
  }
  return curveOfEvents(events, held, fromNs, toNs);
}

function curveOfEvents(
  events: readonly (readonly [atNs: number, bytes: number])[],
  heldBytes: number,
  fromNs: number,
  toNs: number,
): Curve {
  // What is freed at an instant makes room for what is allocated at it.
  const ordered = events.toSorted(([a, one], [b, other]) => a - b || one - other);
  const atS = [fromNs / NS_PER_S];
  const bytes = [heldBytes];
  let held = heldBytes;
  for (const [atNs, change] of ordered) {
    held += change;
    if (atNs / NS_PER_S === atS.at(-1)) bytes[bytes.length - 1] = held;
    else {
      atS.push(atNs / NS_PER_S);
      bytes.push(held);
    }
  }
  if (toNs / NS_PER_S > (atS.at(-1) ?? 0)) {
    atS.push(toNs / NS_PER_S);
    bytes.push(held);
  }
  return { atS, mostBytes: bytes, leastBytes: bytes, isExact: true };
}

/** When a series held most for the first time, as near as is known; ns. */
export function peakNs(timeline: Timeline, index: number): number {
  const most = timeline.series[index]?.mostBytes ?? [];
  let best = 0;
  for (let bucket = 1; bucket < most.length; bucket++) if ((most[bucket] ?? 0) > (most[best] ?? 0)) best = bucket;
  const fromNs = best * timeline.bucketNs;
  const curve = exactCurve(timeline, index, fromNs, fromNs + timeline.bucketNs);
  if (curve === null) return fromNs + timeline.bucketNs / 2;
  const highest = curve.mostBytes.reduce((at, bytes, point) => (bytes > (curve.mostBytes[at] ?? 0) ? point : at), 0);
  return Math.round((curve.atS[highest] ?? 0) * NS_PER_S);
}

/** What a memory held at the instants that are drawn. */
export interface HeldCurve {
  readonly atNs: ArrayLike<number> & Iterable<number>;
  readonly bytes: ArrayLike<number>;
  /** The first of the instants that is not before a time; their number: none is. */
  placeOf(ns: number): number;
}

/** The same as `curveOf`, but what was held at the end of each bucket instead of the most in it: amounts of one instant add up. */
export function heldCurve(timeline: Timeline, series: number, fromNs: number, toNs: number): HeldCurve {
  const exact = exactCurve(timeline, series, fromNs, toNs);
  if (exact === null) return heldByBucket(timeline, series, fromNs, toNs);
  const atNs = exact.atS.map((at) => Math.round(at * NS_PER_S));
  return { atNs, bytes: exact.mostBytes, placeOf: (ns) => placeIn(atNs, ns) };
}

function heldByBucket({ series, bucketNs, endNs }: Timeline, index: number, fromNs: number, toNs: number): HeldCurve {
  const { lastBytes = [] } = series[index] ?? {};
  const first = Math.max(0, Math.floor(fromNs / bucketNs) - 1);
  const last = Math.min(Math.ceil(toNs / bucketNs), Math.ceil(endNs / bucketNs) - 1);
  const length = Math.max(last - first + 1, 1);
  const lastKnown = lastBytes.at(-1) ?? 0;
  return {
    atNs: Float64Array.from({ length }, (_, place) => (first + place + 1) * bucketNs - 1),
    bytes: Float64Array.from({ length }, (_, place) => lastBytes[first + place] ?? lastKnown),
    placeOf: (ns) => Math.min(Math.max(Math.ceil((ns + 1) / bucketNs) - first - 1, 0), length),
  };
}

/** What a stepped curve says of an instant; 0 before its first. */
export function heldAt(atNs: ArrayLike<number>, bytes: ArrayLike<number>, ns: number): number {
  const place = placeIn(atNs, ns);
  return bytes[atNs[place] === ns ? place : place - 1] ?? 0;
}

/** The first place whose value is not below another one. */
export function placeIn(ascending: ArrayLike<number>, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

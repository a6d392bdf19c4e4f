import { LazyObject } from "../base/lazy-object.ts";
import type { AllocationColumns, TestSpan, Timeline, TimelineSeries } from "./timeline.ts";

/** Rows of the table of allocations that a page has; of what died, those that lived longest. */
const PAGE_ALLOCATIONS_MAX = 200_000;

/** Whole numbers, each as its difference from the one before: neighbours are alike, so they compress well. */
type Differences = readonly number[];

/** A timeline as JSON has it. Times are ns from the beginning. */
export interface PageTimeline extends Pick<Timeline, "bucketNs" | "moreSeries" | "tests" | "origins"> {
  readonly endNs: number;
  readonly series: readonly PageSeries[];
  readonly allocations: PageAllocations;
}

interface PageSeries extends Omit<TimelineSeries, "leastBytes" | "mostBytes" | "lastBytes"> {
  readonly leastBytes: Differences;
  readonly mostBytes: Differences;
  readonly lastBytes: Differences;
}

interface PageAllocations extends Pick<AllocationColumns, "rows" | "omitted" | "omittedBelowNs"> {
  readonly bornNs: Differences;
  /** How long it lived; -1: it is live at the end. No differences. */
  readonly livedNs: readonly number[];
  readonly address: Differences;
  readonly sizeBytes: Differences;
  readonly series: Differences;
  readonly origin: Differences;
  readonly test: Differences;
  readonly freedIn: Differences;
}

const LIVE = -1;

/** `rowsMax`: rows of the table of allocations that are kept. */
export function encodeTimeline(timeline: Timeline, rowsMax = PAGE_ALLOCATIONS_MAX): LazyObject<PageTimeline> {
  const { beginNs, endNs, bucketNs, moreSeries, origins } = timeline;
  return new LazyObject<PageTimeline>({
    endNs: endNs - beginNs,
    bucketNs,
    moreSeries,
    origins,
    tests: () => movedSpans(timeline.tests, -beginNs),
    series: () =>
      timeline.series.map((series) => ({
        ...series,
        leastBytes: differences(series.leastBytes),
        mostBytes: differences(series.mostBytes),
        lastBytes: differences(series.lastBytes),
      })),
    allocations: () => encodeAllocations(timeline.allocations, beginNs, rowsMax),
  });
}

/** The timeline again; it begins at 0. */
export function decodeTimeline({ allocations, series, ...rest }: PageTimeline): Timeline {
  return {
    ...rest,
    beginNs: 0,
    series: series.map((each) => ({
      ...each,
      leastBytes: sums(each.leastBytes, Float64Array),
      mostBytes: sums(each.mostBytes, Float64Array),
      lastBytes: sums(each.lastBytes, Float64Array),
    })),
    allocations: decodeAllocations(allocations),
  };
}

function encodeAllocations(all: AllocationColumns, beginNs: number, rowsMax: number): LazyObject<PageAllocations> {
  const { rows, bornNs, diedNs, omitted, omittedBelowNs, ...kept } = keptRows(all, rowsMax);
  const { address, sizeBytes, series, origin, test, freedIn } = kept;
  return new LazyObject<PageAllocations>({
    rows,
    bornNs: () => differences(bornNs.map((at) => at - beginNs)),
    livedNs: () =>
      Array.from(diedNs, (diedAt, row) => (diedAt === Number.POSITIVE_INFINITY ? LIVE : diedAt - (bornNs[row] ?? 0))),
    address: () => differences(address),
    sizeBytes: () => differences(sizeBytes),
    series: () => differences(series),
    origin: () => differences(origin),
    test: () => differences(test),
    freedIn: () => differences(freedIn),
    omitted,
    omittedBelowNs,
  });
}

function decodeAllocations(page: PageAllocations): AllocationColumns {
  const { rows, livedNs, omitted, omittedBelowNs } = page;
  const bornNs = sums(page.bornNs, Float64Array);
  const diedNs = bornNs.map((at, row) => (livedNs[row] === LIVE ? Number.POSITIVE_INFINITY : at + (livedNs[row] ?? 0)));
  return {
    rows,
    bornNs,
    diedNs,
    address: sums(page.address, Float64Array),
    sizeBytes: sums(page.sizeBytes, Float64Array),
    series: sums(page.series, Uint16Array),
    origin: sums(page.origin, Uint32Array),
    test: sums(page.test, Int32Array),
    freedIn: sums(page.freedIn, Int32Array),
    omitted,
    omittedBelowNs,
  };
}

type Column = Float64Array | Uint16Array | Uint32Array | Int32Array;

/** What is live, and of the rest what lived longest. */
function keptRows(all: AllocationColumns, rowsMax: number): AllocationColumns {
  if (all.rows <= rowsMax) return all;
  // Where as many are live as a page has, none of those that died has room.
  const ended = sortedLives(all);
  const longestLeftOut = ended[Math.min(all.rows - rowsMax, ended.length) - 1];
  if (longestLeftOut === undefined) return all;
  const belowNs = longestLeftOut + 1;
  const rows = rowsFrom(all, belowNs);
  const pick = <T extends Column>(column: T): T => {
    const picked = column.slice(0, rows.length);
    for (let index = 0; index < rows.length; index++) picked[index] = column[rows[index] ?? 0] ?? 0;
    // A slice is of the kind of its column.
    return picked as T;
  };
  return {
    rows: rows.length,
    bornNs: pick(all.bornNs),
    diedNs: pick(all.diedNs),
    address: pick(all.address),
    sizeBytes: pick(all.sizeBytes),
    series: pick(all.series),
    origin: pick(all.origin),
    test: pick(all.test),
    freedIn: pick(all.freedIn),
    omitted: all.omitted + all.rows - rows.length,
    omittedBelowNs: Math.max(all.omittedBelowNs, belowNs),
  };
}

/** How long each of those lived that died, the shortest first. */
function sortedLives({ rows, bornNs, diedNs }: AllocationColumns): Float64Array {
  const lives = new Float64Array(rows);
  let ended = 0;
  for (let row = 0; row < rows; row++) {
    const livedNs = (diedNs[row] ?? 0) - (bornNs[row] ?? 0);
    if (livedNs !== Number.POSITIVE_INFINITY) lives[ended++] = livedNs;
  }
  return lives.subarray(0, ended).sort();
}

/** Rows of what lived as long, or is live. */
function rowsFrom({ rows, bornNs, diedNs }: AllocationColumns, livedNs: number): Int32Array {
  const from = new Int32Array(rows);
  let kept = 0;
  for (let row = 0; row < rows; row++) if ((diedNs[row] ?? 0) - (bornNs[row] ?? 0) >= livedNs) from[kept++] = row;
  return from.subarray(0, kept);
}

function* movedSpans(spans: readonly TestSpan[], byNs: number): Iterable<TestSpan> {
  for (const span of spans) yield movedSpan(span, byNs);
}

function movedSpan(span: TestSpan, byNs: number): TestSpan {
  return {
    ...span,
    beginNs: span.beginNs + byNs,
    endNs: span.endNs === null ? null : span.endNs + byNs,
    phases: span.phases.map(({ phase, beginNs }) => ({ phase, beginNs: beginNs + byNs })),
  };
}

function differences(values: ArrayLike<number>): Differences {
  let last = 0;
  return Array.from(values, (value) => {
    const difference = value - last;
    last = value;
    return difference;
  });
}

/** `Numbers`: of what kind the array is. */
function sums<T extends Column>(values: Differences, Numbers: new (length: number) => T): T {
  const all = new Numbers(values.length);
  let sum = 0;
  // By index: there are a few million, and a page shows nothing before they are added up.
  for (let index = 0; index < values.length; index++) {
    sum += values[index] ?? 0;
    all[index] = sum;
  }
  return all;
}

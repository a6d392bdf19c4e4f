import { MEMORY_TYPES } from "../../model/memory-type.ts";
import type { BookedBuffer } from "../../model/server-view.ts";
import type { Timeline, TimelineOrigin } from "../../model/timeline.ts";
import { allocationColumns } from "./allocation-columns.ts";
import { AllocationTable } from "./allocation-table.ts";
import { TestSpans } from "./test-spans.ts";
import { TimeBuckets } from "./time-buckets.ts";
import { type NumberedSeries, TimelineSeriesSet } from "./timeline-series.ts";

/** Rows that are kept of buffers that have died: a server lives for weeks. */
const DEAD_ROWS_MAX = 100_000;

interface Live {
  row: number;
  readonly series: NumberedSeries;
  readonly sizeBytes: number;
}

/** The timeline of an allocation server, from walks through its books: what came and went between two of them is not in it. */
export class BooksTimeline {
  readonly #buckets: TimeBuckets;
  readonly #series: TimelineSeriesSet;
  readonly #table = new AllocationTable((newRows) => this.#move(newRows), DEAD_ROWS_MAX);
  readonly #spans = new TestSpans();
  /** By process and name. */
  readonly #tests = new Map<string, number>();
  /** The test that runs in each process. */
  readonly #running = new Map<number, number>();
  readonly #origins: TimelineOrigin[] = [];
  readonly #originNumbers = new Map<string, number>();
  /** By the number of its allocation. */
  #live = new Map<number, Live>();

  constructor(beginNs: number) {
    this.#buckets = new TimeBuckets(beginNs);
    this.#series = new TimelineSeriesSet(this.#buckets);
  }

  /** All that is live at a time, and the test that runs in each process; null: none does. */
  look(buffers: readonly BookedBuffer[], running: ReadonlyMap<number, string | null>, atNs: number): void {
    this.#buckets.indexOf(atNs);
    for (const [pid, test] of running) this.#enter(pid, test, atNs);
    const live = new Map<number, Live>();
    for (const buffer of buffers) {
      const known = this.#live.get(buffer.birth) ?? this.#bear(buffer, atNs);
      if (known !== null) live.set(buffer.birth, known);
    }
    const gone = [...this.#live].filter(([birth]) => !live.has(birth));
    // Rows may move while they end, and those that are live have to move along.
    this.#live = new Map([...this.#live, ...live]);
    for (const [birth, { row, series, sizeBytes }] of gone) {
      this.#live.delete(birth);
      series.memory.change(atNs, -sizeBytes);
      this.#table.end(row, atNs, 0);
    }
  }

  timeline(): Timeline {
    const sources = [{ kind: "looks", originOf: (number: number) => this.#origins[number - 1] }] as const;
    const { columns, origins } = allocationColumns(this.#table, sources, () => new Map());
    const { beginNs, endNs, bucketNs } = this.#buckets;
    const [series, moreSeries, tests] = [this.#series.all(), this.#series.more, this.#spans.all()];
    return { beginNs, endNs, bucketNs, series, moreSeries, tests, origins, allocations: columns };
  }

  #bear({ device, memoryType: name, address, sizeBytes: size, pid, origin }: BookedBuffer, atNs: number): Live | null {
    const memoryType = MEMORY_TYPES.find((known) => known === name);
    if (memoryType === undefined) return null;
    const series = this.#series.of({ pid, device, openedAs: null, memoryType }, "looks");
    if (series === null) return null;
    const sizeBytes = Number(size);
    const test = origin?.test ?? null;
    const context = test === null ? 0 : this.#testOf(pid, test, atNs) + 1;
    const stack = origin === null ? 0 : this.#originOf(origin.operation, origin.line);
    const about = { series: series.index, ring: 0, bornNs: atNs, context, stack, operation: 0 };
    const extent = { sizeBytes, requestedBytes: null, banks: 0 };
    const row = this.#table.bear({ ...about, ...extent, address: Number(address) });
    series.memory.change(atNs, sizeBytes);
    return { row, series, sizeBytes };
  }

  #originOf(operation: TimelineOrigin["operation"], line: TimelineOrigin["stack"][number] | null): number {
    const origin = { operation, stack: line === null ? [] : [line] };
    const text = JSON.stringify(origin);
    const known = this.#originNumbers.get(text);
    if (known !== undefined) return known;
    const number = this.#origins.push(origin);
    this.#originNumbers.set(text, number);
    return number;
  }

  /** The test that ran in the process before has ended, where it is another. */
  #enter(pid: number, test: string | null, atNs: number): void {
    const before = this.#running.get(pid);
    const now = test === null ? undefined : this.#testOf(pid, test, atNs);
    if (before === now) return;
    const ended = before === undefined ? undefined : this.#spans.at(before);
    if (ended !== undefined) ended.endNs = atNs;
    if (now === undefined) this.#running.delete(pid);
    else this.#running.set(pid, now);
  }

  #testOf(pid: number, test: string, atNs: number): number {
    const key = `${pid} ${test}`;
    const known = this.#tests.get(key);
    if (known !== undefined) return known;
    const about = { test, attempt: 1, repeat: 0, pid, outcome: null, phases: [] };
    const index = this.#spans.open({ ...about, beginNs: atNs, endNs: null });
    this.#tests.set(key, index);
    return index;
  }

  #move(newRows: Int32Array): void {
    for (const live of this.#live.values()) live.row = newRows[live.row] ?? -1;
  }
}

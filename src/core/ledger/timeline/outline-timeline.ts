import type { IndexedTest, RecordingIndex } from "../../model/recording-index.ts";
import type { StackFrame } from "../../model/stack.ts";
import type { TestSpan, Timeline } from "../../model/timeline.ts";
import type { TraceRecord } from "../../model/trace-record.ts";
import { banksOf, blockBytesPerBank, deviceNumberOf, sizeBytesOf } from "../traced-size.ts";
import { allocationColumns, type TimelineSource } from "./allocation-columns.ts";
import { AllocationTable } from "./allocation-table.ts";
import { TimeBuckets } from "./time-buckets.ts";
import { type NumberedSeries, TimelineSeriesSet } from "./timeline-series.ts";

/** Contexts of a test, the first and the last, and the number of its span. */
interface SpanContexts {
  readonly contexts: readonly [number, number];
  readonly span: number;
}

/** What is added up where a buffer is. */
interface Place extends Pick<TraceRecord, "device" | "chip" | "memoryType"> {
  readonly ring: number;
  /** null: it has none. */
  readonly series: NumberedSeries | null;
}

/**
 * The course of a run as far as the index and the checkpoints of its recording have it: what each memory held at each checkpoint,
 * and the buffers that were live at the end. What came and went between two checkpoints is not in it.
 */
export class OutlineTimeline {
  readonly #rings: ReadonlyMap<number, RecordingIndex["rings"][number]>;
  readonly #buckets: TimeBuckets;
  readonly #series: TimelineSeriesSet;
  readonly #table = new AllocationTable(() => {});
  readonly #spans: readonly TestSpan[];
  readonly #contexts: ReadonlyMap<number, readonly SpanContexts[]>;
  readonly #sources: TimelineSource[] = [];
  /** What was added since the last instant. */
  readonly #heldBytes = new Map<NumberedSeries, number>();
  #last: Place | null = null;

  /** `beginNs`: by CLOCK_MONOTONIC, as all times. */
  constructor(beginNs: number | null, { rings, tests }: Pick<RecordingIndex, "rings" | "tests">) {
    this.#rings = new Map(rings.map((ring) => [ring.ring, ring]));
    this.#buckets = new TimeBuckets(beginNs);
    this.#series = new TimelineSeriesSet(this.#buckets);
    const pids = new Map(rings.flatMap(({ process, pid }) => (process === null ? [] : [[process, pid] as const])));
    this.#spans = spansOf(tests, pids, beginNs ?? 0);
    this.#contexts = contextsOf(tests);
  }

  /** One that was live; when all of one instant were added, `settle` says when that was. The record is not kept. */
  add(ring: number, record: TraceRecord): void {
    const series = this.#seriesOf(ring, record);
    if (series !== null) this.#heldBytes.set(series, (this.#heldBytes.get(series) ?? 0) + sizeOf(record));
  }

  /** Times only grow. */
  settle(atNs: number): void {
    for (const [series, bytes] of this.#heldBytes) {
      series.memory.change(atNs, bytes - series.memory.usedBytes);
      this.#heldBytes.set(series, 0);
    }
  }

  /** All that was live at the end, by ring. */
  end(births: ReadonlyMap<number, readonly TraceRecord[]>, atNs: number): void {
    for (const [ring, records] of births) {
      const source = this.#addSource(ring);
      for (const record of records) {
        this.add(ring, record);
        this.#bear(ring, source, record);
      }
    }
    this.settle(atNs);
  }

  /** `stacksOf`: the Python stacks of each ring's process, by number. */
  timeline(stacksOf: (ring: number) => ReadonlyMap<number, readonly StackFrame[]>): Timeline {
    const { columns, origins } = allocationColumns(this.#table, this.#sources, (path) => stacksOf(Number(path)));
    const { beginNs, endNs, bucketNs } = this.#buckets;
    const [series, moreSeries] = [this.#series.all(), this.#series.more];
    return { beginNs, endNs, bucketNs, series, moreSeries, tests: this.#spans, origins, allocations: columns };
  }

  /** One device's allocations come one after the other mostly, so the last one's is asked first. */
  #seriesOf(ring: number, { device, chip, memoryType }: TraceRecord): NumberedSeries | null {
    let last = this.#last;
    if (last?.ring !== ring || last.device !== device || last.chip !== chip || last.memoryType !== memoryType) {
      const pid = this.#rings.get(ring)?.pid;
      const isKnown = memoryType !== null && pid !== undefined;
      const place = isKnown ? { pid, ...deviceNumberOf({ device, chip }), memoryType } : null;
      const series = place === null ? null : this.#series.of(place, "checkpoints");
      last = { ring, device, chip, memoryType, series };
      this.#last = last;
    }
    return last.series;
  }

  #bear(ring: number, source: number, record: TraceRecord): void {
    const series = this.#seriesOf(ring, record);
    if (series === null) return;
    const { timeNs, address, context, stack, operation, sizeBytes: requestedBytes } = record;
    const size = { sizeBytes: sizeOf(record), requestedBytes, banks: banksOf(record) };
    const about = { series: series.index, ring: source, bornNs: timeNs };
    this.#table.bear({ ...about, ...size, address, context, stack, operation });
  }

  #addSource(ring: number): number {
    const own = this.#contexts.get(this.#rings.get(ring)?.process ?? -1) ?? [];
    return this.#sources.push({ kind: "ring", path: String(ring), testOf: (context) => spanAt(own, context) }) - 1;
  }
}

function sizeOf(record: TraceRecord): number {
  const extent = { requestedBytes: record.sizeBytes, bytesPerBank: blockBytesPerBank(record), banks: banksOf(record) };
  return sizeBytesOf(extent);
}

/** The index has no beginnings: a test is drawn from where the one before it in its process ended. */
function spansOf(tests: readonly IndexedTest[], pids: ReadonlyMap<number, number>, beginNs: number): TestSpan[] {
  const ends = new Map<number, number>();
  return tests.map(({ test, attempt, repeat, process, endNs }) => {
    const span = { beginNs: ends.get(process) ?? beginNs, endNs, outcome: null, phases: [] };
    if (endNs !== null) ends.set(process, endNs);
    return { test, attempt, repeat, pid: pids.get(process) ?? 0, ...span };
  });
}

/** By process, in order: those of a test lie between those of others. */
function contextsOf(tests: readonly IndexedTest[]): ReadonlyMap<number, readonly SpanContexts[]> {
  const all = new Map<number, SpanContexts[]>();
  for (const [span, { process, contexts }] of tests.entries()) {
    if (contexts === null) continue;
    const own = all.get(process) ?? [];
    all.set(process, own);
    own.push({ contexts, span });
  }
  for (const own of all.values()) own.sort((a, b) => a.contexts[0] - b.contexts[0]);
  return all;
}

/** -1: of none. */
function spanAt(own: readonly SpanContexts[], context: number): number {
  let [from, to] = [0, own.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((own[middle]?.contexts[1] ?? 0) < context) from = middle + 1;
    else to = middle;
  }
  const found = own[from];
  return found !== undefined && found.contexts[0] <= context ? found.span : -1;
}

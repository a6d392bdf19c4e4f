import { deviceId } from "../../model/device.ts";
import type { RunEvent } from "../../model/event.ts";
import type { Measurement } from "../../model/measurement.ts";
import type { TestSpan, TimelineSeries } from "../../model/timeline.ts";
import type { TraceSink } from "../../model/trace-record.ts";
import type { TimelineSource } from "./allocation-columns.ts";
import type { LifeTable } from "./life-table.ts";
import { LookedLives } from "./looked-lives.ts";
import { ProcessSpans, TestSpans } from "./test-spans.ts";
import { TimeBuckets } from "./time-buckets.ts";
import { TimelineSeriesSet } from "./timeline-series.ts";
import { TracedLives } from "./traced-lives.ts";

type EventOf<Kind extends RunEvent["kind"]> = Extract<RunEvent, { kind: Kind }>;

/** What is known of a process. */
interface Process {
  /** The process under which its memory is reported. */
  readonly pid: number;
  readonly spans: ProcessSpans;
  readonly looked: LookedLives;
  /** Whether every allocation is followed, so that looks add nothing. */
  isTraced: boolean;
}

/**
 * Tells a table of the lives of a run's buffers, from what its ledger takes, in the same order: each event, and each record of each
 * ring. What it keeps is bounded but for what is live and for the tests.
 */
export class RunLives {
  readonly #buckets: TimeBuckets;
  readonly #series: TimelineSeriesSet;
  readonly #table: LifeTable;
  readonly #spans = new TestSpans();
  readonly #processes = new Map<number, Process>();
  /** By pid, of processes that were forked for a test: the pid under which their memory is reported. */
  readonly #forks = new Map<number, number>();
  readonly #rings = new Map<string, TracedLives>();
  /** By the path of its ring, the tests of a process that runs pytest. */
  readonly #spansOfRing = new Map<string, ProcessSpans>();
  /** What the numbers of the table's rows are of, by index. */
  readonly #sources: TimelineSource[] = [];

  /** `beginNs`: when the run began, by CLOCK_MONOTONIC; null: with the first thing that has a time. */
  constructor(beginNs: number | null, table: LifeTable) {
    this.#table = table;
    this.#buckets = new TimeBuckets(beginNs);
    this.#series = new TimelineSeriesSet(this.#buckets);
  }

  apply(event: RunEvent): void {
    if (event.kind === "refused") return;
    if (event.kind === "process-begin") this.#begin(event);
    const process = this.#processes.get(event.process);
    if (process !== undefined) this.#take(event, process);
  }

  /** Where the records of a ring go, as well. `pid`: of the process that writes it. */
  ring(path: string, pid: number): TraceSink {
    const known = this.#rings.get(path);
    if (known !== undefined) return known;
    const testOf = (context: number): number => this.#spansOfRing.get(path)?.testOf(context) ?? -1;
    const source = this.#sources.push({ kind: "ring", path, testOf }) - 1;
    const lives = new TracedLives(source, () => this.#forks.get(pid) ?? pid, this.#series, this.#table);
    this.#rings.set(path, lives);
    return lives;
  }

  /** What was heard of processes that are not traced has happened by now. */
  settle(): void {
    for (const { looked, spans } of this.#processes.values()) {
      looked.settle({ beginNs: spans.lastNs, endNs: spans.lastNs }, spans.running);
    }
  }

  get buckets(): Pick<TimeBuckets, "beginNs" | "endNs" | "bucketNs"> {
    return this.#buckets;
  }

  /** Their indices are those of births. */
  series(): readonly TimelineSeries[] {
    return this.#series.all();
  }

  /** Series beyond those that are kept. */
  get moreSeries(): number {
    return this.#series.more;
  }

  tests(): readonly TestSpan[] {
    return this.#spans.all();
  }

  get sources(): readonly TimelineSource[] {
    return this.#sources;
  }

  /** The table gave rows new numbers; -1: that row is no more. */
  move(newRows: Int32Array): void {
    for (const lives of this.#rings.values()) lives.move(newRows);
    for (const { looked } of this.#processes.values()) looked.move(newRows);
  }

  /** A process that goes on with another session stays what it was. */
  #begin({ process, info }: EventOf<"process-begin">): void {
    if (this.#processes.has(process)) return;
    const parent = info.role === "fork" && info.parent !== null ? this.#processes.get(info.parent) : undefined;
    const pid = parent?.pid ?? info.pid;
    if (parent !== undefined) this.#forks.set(info.pid, pid);
    const spans = new ProcessSpans(this.#spans, info.pid, this.#buckets.endNs);
    const source = this.#sources.length;
    const looked = new LookedLives(source, pid, this.#series, this.#table);
    this.#sources.push({ kind: "looks", originOf: (number) => looked.originOf(number) });
    this.#processes.set(process, { pid, spans, looked, isTraced: false });
  }

  #take(event: Exclude<RunEvent, { kind: "refused" }>, process: Process): void {
    switch (event.kind) {
      case "tracing":
        if (event.ring !== null) this.#spansOfRing.set(event.ring, process.spans);
        process.isTraced ||= event.ring !== null;
        break;
      case "test-begin":
        process.spans.begin(event);
        break;
      case "context":
        process.spans.enter(event);
        break;
      case "measurement":
        this.#noteCapacities(event.measurement, process.pid);
        if (!process.isTraced) process.looked.hear(event);
        break;
      case "device-end":
      case "origin":
        if (!process.isTraced) process.looked.hear(event);
        break;
      case "test-end":
        this.#endTest(event, process);
        break;
      default:
        break;
    }
  }

  #endTest(event: EventOf<"test-end">, { spans, looked }: Process): void {
    const { running } = spans;
    const span = spans.end(event);
    this.#buckets.indexOf(span.endNs);
    looked.settle(span, running);
  }

  #noteCapacities({ device, usage }: Measurement, pid: number): void {
    for (const { memoryType, totalBytesPerBank, banks } of usage) {
      const place = { pid, device: deviceId(device), openedAs: null, memoryType };
      this.#series.noteCapacity(place, totalBytesPerBank * banks);
    }
  }
}

import { assertNever } from "../../base/assert-never.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { PeakUse } from "../../model/trace-report.ts";
import type { TraceRecord, TraceSink } from "../../model/traced.ts";
import { type FailedAllocation, FailedAllocations } from "./failed-allocations.ts";
import { LiveMemories, type LiveMemory } from "./live-memories.ts";
import { type ExposedGroup, ReplayExposure } from "./replay-exposure.ts";
import { type SeenAddresses, withBuffer } from "./seen-addresses.ts";
import { birthRecord, TracedBuffer } from "./traced-buffer.ts";
import { type FreedAddress, type Interval, TracedIntervals } from "./traced-intervals.ts";
import { type GroupPeaks, TracedPeaks } from "./traced-peaks.ts";

/** Buffers that only the end of their allocator released, that are kept. */
const RELEASED_MAX = 100_000;

/** Buffers that came and went, and wait to be told in which test; the rest of them is not told. */
const ENDED_MAX = 100_000;

/** L1 buffers that died last, up to a mark: what an operation frees when it gives up is told of again. */
const DEPARTED_MAX = 1000;

/** Folds the records of one traced process into the buffers that are live. */
export class TracedMemory implements TraceSink {
  /** By allocator and buffer, which is how a free names what it frees. */
  readonly #live = new Map<number, Map<number, TracedBuffer>>();
  readonly #memories = new LiveMemories();
  readonly #intervals = new TracedIntervals();
  readonly #peaks = new TracedPeaks();
  readonly #exposure = new ReplayExposure();
  readonly #released: TracedBuffer[] = [];
  readonly #failed = new FailedAllocations();
  #born = new Set<TracedBuffer>();
  #died = new Set<TracedBuffer>();
  #freed: FreedAddress[] = [];
  /** What came and went since the last mark. */
  #ended: TracedBuffer[] = [];
  /** L1 buffers that died since the last mark, in that order. */
  #departed: TracedBuffer[] = [];
  #isWhole = true;
  #operation = 0;
  #thread = 0;
  #operationRun = 0;
  records = 0;
  /** Buffers that were allocated. */
  allocated = 0;
  lostRecords = 0;

  record(record: TraceRecord): void {
    this.records += 1;
    const { kind } = record;
    this.#peaks.enter(record.context);
    this.#noteOperation(record);
    switch (kind) {
      case "allocate":
        this.#allocate(record);
        break;
      case "free":
        this.#free(record);
        break;
      case "allocate-failed":
        this.#failed.note(record, (memoryType) => this.#memoryNow(record.device, memoryType));
        break;
      case "allocator-cleared":
        this.#clear(record.allocator, record.context, record.timeNs);
        break;
      case "allocator-destroyed":
        this.#clear(record.allocator, null, record.timeNs);
        break;
      case "mark":
        this.#mark(record.address);
        break;
      case "cb-allocate":
        this.#peaks.placed(record);
        break;
      case "capture-begin":
      case "capture-end":
      case "replay":
      case "release":
        this.#exposure.record(record);
        break;
      case "cb-clear":
      case "free-failed":
      case "connect":
        break;
      default:
        assertNever(kind);
    }
  }

  lost(records: number): void {
    this.lostRecords += records;
    this.#isWhole = false;
    this.#peaks.noteLoss();
    this.#exposure.noteLoss();
  }

  /** What came and went up to a mark since the mark claimed before; null: its record was lost. */
  claim(mark: number): readonly Interval[] | null {
    return this.#intervals.claim(mark);
  }

  /** What was born up to a time, and after the time that this was asked for last; live or not. For processes without marks. */
  takeBorn(untilNs: number): readonly TracedBuffer[] {
    const all = [...this.#born, ...this.#ended];
    const later = all.filter(({ bornNs }) => bornNs > untilNs);
    this.#born = new Set(later.filter(({ diedNs }) => diedNs === null));
    this.#ended = later.filter(({ diedNs }) => diedNs !== null);
    return all.filter(({ bornNs }) => bornNs <= untilNs);
  }

  /** What died, of what `takeBorn` gave live, since this was asked for last. For processes without marks. */
  takeDied(): readonly TracedBuffer[] {
    const died = [...this.#died];
    this.#died = new Set();
    return died;
  }

  /** What was live at a time on devices other than these. Who asks knows that time; what died before it is forgotten. */
  *liveBeside(devices: ReadonlySet<number>, atNs: number): Iterable<TracedBuffer> {
    this.#ended = this.#ended.filter(({ diedNs }) => diedNs === null || diedNs > atNs);
    for (const buffer of this.#ended) if (!devices.has(buffer.device)) yield buffer;
    yield* this.#memories.beside(devices);
  }

  /** Gives up a buffer that the allocator does not list. */
  drop(buffer: TracedBuffer): void {
    const { buffers } = this.#memories.of(buffer.device, buffer.memoryType);
    if (buffers.get(buffer.address) === buffer) buffers.delete(buffer.address);
  }

  /** Failed allocations beyond those that are kept. */
  get moreFailed(): number {
    return this.#failed.more;
  }

  failedAllocations(): readonly FailedAllocation[] {
    return this.#failed.kept();
  }

  /** What each memory held at most. */
  peaks(): readonly PeakUse[] {
    return this.#peaks.all();
  }

  /** The peaks of a group of contexts, which is a test, up to the last record. */
  groupPeaks(): (group: number) => GroupPeaks {
    return this.#peaks.groups();
  }

  /** Buffers that a replay may overwrite, up to the last record. */
  exposed(): { readonly groups: readonly ExposedGroup[]; readonly more: number } {
    const groups = this.#exposure.groups();
    return { groups, more: this.#exposure.more };
  }

  /** Buffers the program never freed: those that are live, and those that went with their allocator, up to a limit. */
  *neverFreed(): Iterable<TracedBuffer> {
    yield* this.#released;
    yield* this.live();
  }

  /** Between which addresses buffers of a memory have been seen. */
  seen(device: number, memoryType: MemoryType): SeenAddresses | undefined {
    return this.#memories.find(device, memoryType)?.seen;
  }

  /** Those in which anything is live after the last record. */
  memories(): Iterable<Readonly<LiveMemory>> {
    return this.#memories.inUse();
  }

  /** The records of births of what is live, as they would be recorded anew: with the sizes that the allocator made of them. */
  *births(): Iterable<TraceRecord> {
    for (const [allocator, buffers] of this.#live) {
      for (const [buffer, live] of buffers) yield birthRecord(live, allocator, buffer);
    }
  }

  /** What is live after the last record. */
  live(): Iterable<TracedBuffer> {
    return this.#memories.all();
  }

  #allocate(record: TraceRecord): void {
    const { memoryType } = record;
    if (memoryType === null) return;
    const buffer = new TracedBuffer(record, memoryType, this.#operationRun);
    this.allocated += 1;
    this.#ofAllocator(record.allocator).set(record.buffer, buffer);
    const memory = this.#memories.of(buffer.device, memoryType);
    const before = memory.buffers.get(buffer.address);
    if (before !== undefined) this.#replace(before, record.timeNs);
    memory.buffers.set(buffer.address, buffer);
    memory.seen = withBuffer(memory.seen, buffer);
    this.#born.add(buffer);
    this.#peaks.born(buffer);
    this.#exposure.born(buffer);
  }

  /** Records of one operation that follow one another, without any of another or of none, are one run of it. */
  #noteOperation({ operation, thread }: TraceRecord): void {
    if (operation === this.#operation && thread === this.#thread) return;
    this.#operationRun += 1;
    this.#operation = operation;
    this.#thread = thread;
  }

  #free(record: TraceRecord): void {
    const buffers = this.#live.get(record.allocator);
    const named = buffers?.get(record.buffer);
    // It is of the buffer that had this name before, and comes late: its death was noted when the address was given again.
    if (named !== undefined && record.timeNs < named.bornNs) return;
    buffers?.delete(record.buffer);
    const { device, memoryType, address } = record;
    if (named !== undefined) {
      named.isFreed = true;
      named.isIntermediate = record.operation !== 0 && named.operationRun === this.#operationRun;
      this.#bury(named, record.context, record.timeNs);
    }
    // Without losses every free is of a buffer that is known.
    else if (memoryType !== null && this.lostRecords > 0) this.#freed.push({ device, memoryType, address });
  }

  #clear(allocator: number, context: number | null, timeNs: number): void {
    const buffers = this.#live.get(allocator);
    if (buffers === undefined) return;
    this.#live.delete(allocator);
    for (const buffer of buffers.values()) {
      if (this.#released.length < RELEASED_MAX) this.#released.push(buffer);
      this.#bury(buffer, context, timeNs);
    }
  }

  #bury(buffer: TracedBuffer, context: number | null, timeNs: number): void {
    const { buffers } = this.#memories.of(buffer.device, buffer.memoryType);
    if (buffers.get(buffer.address) !== buffer) return;
    buffer.freedContext = context;
    buffer.diedNs = timeNs;
    buffers.delete(buffer.address);
    this.#noteDeath(buffer);
  }

  /** Its address was given again, so it was freed before that, and no record of it came. In which test is not known. */
  #replace(before: TracedBuffer, timeNs: number): void {
    before.isFreed = true;
    before.diedNs = timeNs;
    this.#noteDeath(before);
  }

  #noteDeath(buffer: TracedBuffer): void {
    this.#peaks.died(buffer, buffer.isIntermediate);
    if (buffer.memoryType === "L1") this.#depart(buffer);
    this.#exposure.died(buffer);
    if (!this.#born.delete(buffer)) this.#died.add(buffer);
    else if (this.#ended.length < ENDED_MAX) this.#ended.push(buffer);
  }

  #depart(buffer: TracedBuffer): void {
    this.#departed.push(buffer);
    if (this.#departed.length >= 2 * DEPARTED_MAX) this.#departed = this.#departed.slice(-DEPARTED_MAX);
  }

  #mark(number: number): void {
    const departed = this.#departed.slice(-DEPARTED_MAX);
    this.#intervals.end(number, {
      born: this.#born,
      died: this.#died,
      freed: this.#freed,
      departed,
      isWhole: this.#isWhole,
    });
    this.#freed = [];
    this.#departed = [];
    this.#ended = [];
    this.#born = new Set();
    this.#died = new Set();
    this.#isWhole = true;
  }

  #ofAllocator(allocator: number): Map<number, TracedBuffer> {
    let buffers = this.#live.get(allocator);
    if (buffers === undefined) {
      buffers = new Map();
      this.#live.set(allocator, buffers);
    }
    return buffers;
  }

  #memoryNow(device: number, memoryType: MemoryType) {
    const { buffers, seen } = this.#memories.of(device, memoryType);
    return { buffers: buffers.values(), seen, isWhole: this.lostRecords === 0 };
  }
}

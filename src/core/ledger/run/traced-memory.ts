import { assertNever } from "../../base/assert-never.ts";
import { NumberMap } from "../../base/number-map.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { TraceRecord, TraceSink } from "../../model/trace-record.ts";
import type { PeakUse } from "../../model/trace-report.ts";
import { BuffersSinceMark } from "./buffers-since-mark.ts";
import { type FailedAllocation, FailedAllocations } from "./failed-allocations.ts";
import { type BuffersOfMemory, LiveMemories } from "./live-memories.ts";
import { type ExposedGroup, ReplayExposure } from "./replay-exposure.ts";
import { type SeenAddresses, withBuffer } from "./seen-addresses.ts";
import { birthRecord, TracedBuffer } from "./traced-buffer.ts";
import { type Interval, TracedIntervals } from "./traced-intervals.ts";
import { type GroupPeaks, TracedPeaks } from "./traced-peaks.ts";

/** Buffers that only the end of their allocator released, that are kept. */
const RELEASED_MAX = 100_000;

/** Folds the records of one traced process into the buffers that are live. */
export class TracedMemory implements TraceSink {
  /** By allocator and buffer, which is how a free names what it frees. */
  readonly #live = new Map<number, NumberMap<TracedBuffer>>();
  /** Records of one allocator follow one another mostly, so the last one's buffers are asked first. */
  #lastAllocator = 0;
  #lastBuffers: NumberMap<TracedBuffer> | undefined;
  readonly #memories = new LiveMemories();
  readonly #intervals = new TracedIntervals();
  readonly #peaks = new TracedPeaks();
  readonly #exposure = new ReplayExposure();
  readonly #released: TracedBuffer[] = [];
  readonly #failed = new FailedAllocations();
  readonly #sinceMark = new BuffersSinceMark();
  #operation = 0;
  #thread = 0;
  #operationRun = 0;
  records = 0;
  /** Buffers that were allocated. */
  allocated = 0;
  /** Buffers that were freed, whose address was given again, or that went with their allocator. */
  freed = 0;
  lostRecords = 0;
  /** When a buffer came or went last; 0: none did. */
  changedNs = 0;
  /** Whether an allocator that goes on gave up what it had: tensors go on too, and tt-metal counts them until they end. */
  hasCleared = false;

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
        this.hasCleared ||= (this.#live.get(record.allocator)?.size ?? 0) > 0;
        this.#clear(record.allocator, record.context, record.timeNs);
        break;
      case "allocator-destroyed":
        this.#clear(record.allocator, null, record.timeNs);
        break;
      case "mark":
        this.#intervals.end(record.address, this.#sinceMark.take());
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
    this.#sinceMark.noteLoss();
    this.#peaks.noteLoss();
    this.#exposure.noteLoss();
  }

  /** What came and went up to a mark since the mark claimed before; null: its record was lost. */
  claim(mark: number): readonly Interval[] | null {
    return this.#intervals.claim(mark);
  }

  /** What was born up to a time, and after the time that this was asked for last; live or not. For processes without marks. */
  takeBorn(untilNs: number): readonly TracedBuffer[] {
    return this.#sinceMark.takeBorn(untilNs);
  }

  /** What died, of what `takeBorn` gave live, since this was asked for last. For processes without marks. */
  takeDied(): readonly TracedBuffer[] {
    return this.#sinceMark.takeDied();
  }

  /** What was live at a time on devices other than these. Who asks knows that time; what died before it is forgotten. */
  *liveBeside(devices: ReadonlySet<number>, atNs: number): Iterable<TracedBuffer> {
    for (const buffer of this.#sinceMark.endedAfter(atNs)) if (!devices.has(buffer.device)) yield buffer;
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
  memories(): Iterable<Readonly<BuffersOfMemory>> {
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
    this.changedNs = buffer.bornNs;
    this.#ofAllocator(record.allocator).set(record.buffer, buffer);
    const memory = this.#memories.of(buffer.device, memoryType);
    const before = memory.buffers.get(buffer.address);
    if (before !== undefined) this.#replace(before, record.timeNs);
    memory.buffers.set(buffer.address, buffer);
    memory.seen = withBuffer(memory.seen, buffer);
    this.#sinceMark.born(buffer);
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
    const buffers = this.#find(record.allocator);
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
    else if (memoryType !== null && this.lostRecords > 0) this.#sinceMark.freed({ device, memoryType, address });
  }

  #clear(allocator: number, context: number | null, timeNs: number): void {
    const buffers = this.#live.get(allocator);
    if (buffers === undefined) return;
    this.#live.delete(allocator);
    this.#lastBuffers = undefined;
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
    this.changedNs = timeNs;
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
    this.freed += 1;
    this.#peaks.died(buffer, buffer.isIntermediate);
    this.#exposure.died(buffer);
    this.#sinceMark.died(buffer);
  }

  #ofAllocator(allocator: number): NumberMap<TracedBuffer> {
    const known = this.#find(allocator);
    if (known !== undefined) return known;
    const buffers = new NumberMap<TracedBuffer>();
    this.#live.set(allocator, buffers);
    this.#lastAllocator = allocator;
    this.#lastBuffers = buffers;
    return buffers;
  }

  #find(allocator: number): NumberMap<TracedBuffer> | undefined {
    if (allocator === this.#lastAllocator && this.#lastBuffers !== undefined) return this.#lastBuffers;
    this.#lastAllocator = allocator;
    this.#lastBuffers = this.#live.get(allocator);
    return this.#lastBuffers;
  }

  #memoryNow(device: number, memoryType: MemoryType) {
    const { buffers, seen } = this.#memories.of(device, memoryType);
    return { buffers: buffers.values(), seen, isWhole: this.lostRecords === 0 };
  }
}

import { assertNever } from "../../base/assert-never.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { PeakUse } from "../../model/trace-report.ts";
import type { TraceRecord, TraceSink } from "../../model/traced.ts";
import { TracedPeaks } from "./traced-peaks.ts";
import { banksOf, blockBytesPerBank } from "./traced-size.ts";

/** Marks that wait for their measurement; more are never under way, so older ones are forgotten. */
const MARKS_MAX = 1000;

/** Moments at which memory ran out that are kept with all that was live then. */
const OUT_OF_MEMORY_MAX = 50;

/** One buffer, from its record of birth on. */
export interface TracedBuffer {
  /** `MeshDevice.id()`. */
  readonly device: number;
  /** Logical id of the device's first chip; null: not known. */
  readonly chip: number | null;
  readonly memoryType: MemoryType;
  readonly address: number;
  /** Of the whole buffer as it was asked for; 0 where its birth was not recorded. */
  readonly requestedBytes: number;
  /** As the allocator counts them, where it is known what it rounds up to. */
  readonly bytesPerBank: number;
  /** 0: its size is known as it was asked for only. */
  readonly banks: number;
  /** Numbers of the context and stack it was allocated in; 0: none. */
  readonly context: number;
  readonly stack: number;
  readonly operation: number;
  /** CLOCK_MONOTONIC; 0 where its birth was not recorded. */
  readonly bornNs: number;
  /** Number of the context in which it was freed. */
  freedContext: number | null;
  /** Whether it was freed by itself, not with all that its allocator had. */
  isFreed: boolean;
  /** CLOCK_MONOTONIC; null: it is live, or its death was lost. */
  diedNs: number | null;
}

/** Live buffers that have something in common. */
interface LiveAmount {
  readonly buffers: number;
  readonly bytesPerBank: number;
}

/** An allocation that failed, and what was live in the same memory then. */
export interface FailedAllocation {
  readonly device: number;
  readonly chip: number | null;
  readonly memoryType: MemoryType;
  readonly requestedBytes: number;
  readonly bytesPerBank: number;
  readonly banks: number;
  readonly context: number;
  readonly stack: number;
  readonly operation: number;
  /** By the number of the context that allocated it. */
  readonly live: ReadonlyMap<number, LiveAmount>;
  /** By the number of the stack that allocated it, with the number of its operation. */
  readonly liveByStack: ReadonlyMap<number, LiveAmount & { readonly operation: number }>;
}

/** Where something was freed that is not known. */
export interface FreedAddress {
  readonly device: number;
  readonly memoryType: MemoryType;
  readonly address: number;
}

/** What came and went between two marks, with what came and went again left out. */
export interface Interval {
  readonly born: ReadonlySet<TracedBuffer>;
  readonly died: ReadonlySet<TracedBuffer>;
  /** Frees of buffers whose birth was lost. */
  readonly freed: readonly FreedAddress[];
  /** Whether records were lost in it. */
  readonly isWhole: boolean;
}

/** Buffers that only the end of their allocator released, that are kept. */
const RELEASED_MAX = 100_000;

/** Buffers that came and went, and wait to be told in which test; the rest of them is not told. */
const ENDED_MAX = 100_000;

/** Folds the records of one traced process into the buffers that are live. */
export class TracedMemory implements TraceSink {
  /** By allocator and buffer, which is how a free names what it frees. */
  readonly #live = new Map<number, Map<number, TracedBuffer>>();
  /** By memory and address: what is live where. */
  readonly #at = new Map<string, Map<number, TracedBuffer>>();
  readonly #marks = new Map<number, Interval>();
  readonly #peaks = new TracedPeaks();
  readonly #released: TracedBuffer[] = [];
  readonly #failed: FailedAllocation[] = [];
  #born = new Set<TracedBuffer>();
  #died = new Set<TracedBuffer>();
  #freed: FreedAddress[] = [];
  /** What came and went since the last mark. */
  #ended: TracedBuffer[] = [];
  #isWhole = true;
  records = 0;
  /** Buffers that were allocated. */
  allocated = 0;
  lostRecords = 0;
  /** Failed allocations beyond those that are kept. */
  moreFailed = 0;

  record(record: TraceRecord): void {
    this.records += 1;
    const { kind } = record;
    switch (kind) {
      case "allocate":
        this.#allocate(record);
        break;
      case "free":
        this.#free(record);
        break;
      case "allocate-failed":
        this.#fail(record);
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
      case "cb-clear":
      case "free-failed":
        break;
      default:
        assertNever(kind);
    }
  }

  lost(records: number): void {
    this.lostRecords += records;
    this.#isWhole = false;
  }

  /** What came and went up to a mark since the mark claimed before; null: its record was lost. */
  claim(mark: number): readonly Interval[] | null {
    if (!this.#marks.has(mark)) return null;
    const intervals: Interval[] = [];
    for (const [number, interval] of this.#marks) {
      this.#marks.delete(number);
      intervals.push(interval);
      if (number === mark) break;
    }
    return intervals;
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
    for (const [key, memory] of this.#at) {
      const [first] = memory.values();
      // Of a device that was closed: with one for each test there are as many as there were tests.
      if (first === undefined) this.#at.delete(key);
      else if (!devices.has(first.device)) yield* memory.values();
    }
  }

  /** Gives up a buffer that the allocator does not list. */
  drop(buffer: TracedBuffer): void {
    const memory = this.#memory(buffer.device, buffer.memoryType);
    if (memory.get(buffer.address) === buffer) memory.delete(buffer.address);
  }

  failedAllocations(): readonly FailedAllocation[] {
    return this.#failed;
  }

  /** What each memory held at most. */
  peaks(): readonly PeakUse[] {
    return this.#peaks.all();
  }

  /** Buffers the program never freed: those that are live, and those that went with their allocator, up to a limit. */
  *neverFreed(): Iterable<TracedBuffer> {
    yield* this.#released;
    yield* this.live();
  }

  /** What is live after the last record. */
  *live(): Iterable<TracedBuffer> {
    for (const memory of this.#at.values()) yield* memory.values();
  }

  #allocate(record: TraceRecord): void {
    const { memoryType } = record;
    if (memoryType === null) return;
    const buffer: TracedBuffer = {
      device: record.device,
      chip: record.chip,
      memoryType,
      address: record.address,
      requestedBytes: record.sizeBytes,
      bytesPerBank: blockBytesPerBank(record),
      banks: banksOf(record),
      context: record.context,
      stack: record.stack,
      operation: record.operation,
      bornNs: record.timeNs,
      freedContext: null,
      isFreed: false,
      diedNs: null,
    };
    this.allocated += 1;
    this.#ofAllocator(record.allocator).set(record.buffer, buffer);
    const memory = this.#memory(buffer.device, memoryType);
    // The free of what was here before was lost.
    const before = memory.get(buffer.address);
    if (before !== undefined) this.#noteDeath(before);
    memory.set(buffer.address, buffer);
    this.#born.add(buffer);
    this.#peaks.born(buffer);
  }

  #free(record: TraceRecord): void {
    const buffers = this.#live.get(record.allocator);
    const named = buffers?.get(record.buffer);
    buffers?.delete(record.buffer);
    const { device, memoryType, address } = record;
    if (named !== undefined) {
      named.isFreed = true;
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
    const memory = this.#memory(buffer.device, buffer.memoryType);
    if (memory.get(buffer.address) !== buffer) return;
    buffer.freedContext = context;
    buffer.diedNs = timeNs;
    memory.delete(buffer.address);
    this.#noteDeath(buffer);
  }

  #noteDeath(buffer: TracedBuffer): void {
    this.#peaks.died(buffer);
    if (!this.#born.delete(buffer)) this.#died.add(buffer);
    else if (this.#ended.length < ENDED_MAX) this.#ended.push(buffer);
  }

  #mark(number: number): void {
    const [oldest] = this.#marks.keys();
    if (this.#marks.size >= MARKS_MAX && oldest !== undefined) this.#mergeOldest(oldest);
    this.#marks.set(number, { born: this.#born, died: this.#died, freed: this.#freed, isWhole: this.#isWhole });
    this.#freed = [];
    this.#ended = [];
    this.#born = new Set();
    this.#died = new Set();
    this.#isWhole = true;
  }

  /** A mark nobody claims must not keep its buffers: what it had goes to the next one. */
  #mergeOldest(oldest: number): void {
    const [, next] = this.#marks.keys();
    const [first, second] = [this.#marks.get(oldest), next === undefined ? undefined : this.#marks.get(next)];
    this.#marks.delete(oldest);
    if (first === undefined || second === undefined || next === undefined) return;
    const died = new Set([...first.died, ...[...second.died].filter((buffer) => !first.born.has(buffer))]);
    const born = new Set([...[...first.born].filter((buffer) => !second.died.has(buffer)), ...second.born]);
    const freed = [...first.freed, ...second.freed];
    // A map keeps the place of a key that is set again.
    this.#marks.set(next, { born, died, freed, isWhole: first.isWhole && second.isWhole });
  }

  #fail(record: TraceRecord): void {
    const { memoryType, device, chip, sizeBytes: requestedBytes, context, stack, operation } = record;
    if (memoryType === null) return;
    if (this.#failed.length >= OUT_OF_MEMORY_MAX) {
      this.moreFailed += 1;
      return;
    }
    const live = new Map<number, LiveAmount>();
    const liveByStack = new Map<number, LiveAmount & { operation: number }>();
    for (const buffer of this.#memory(device, memoryType).values()) {
      live.set(buffer.context, withBuffer(live.get(buffer.context), buffer));
      const ofStack = withBuffer(liveByStack.get(buffer.stack), buffer);
      liveByStack.set(buffer.stack, { ...ofStack, operation: buffer.operation });
    }
    const size = { requestedBytes, bytesPerBank: blockBytesPerBank(record), banks: banksOf(record) };
    this.#failed.push({ device, chip, memoryType, ...size, context, stack, operation, live, liveByStack });
  }

  #ofAllocator(allocator: number): Map<number, TracedBuffer> {
    let buffers = this.#live.get(allocator);
    if (buffers === undefined) {
      buffers = new Map();
      this.#live.set(allocator, buffers);
    }
    return buffers;
  }

  #memory(device: number, memoryType: MemoryType): Map<number, TracedBuffer> {
    const key = memoryKey(device, memoryType);
    let memory = this.#at.get(key);
    if (memory === undefined) {
      memory = new Map();
      this.#at.set(key, memory);
    }
    return memory;
  }
}

function withBuffer(amount: LiveAmount | undefined, { bytesPerBank }: TracedBuffer): LiveAmount {
  return { buffers: (amount?.buffers ?? 0) + 1, bytesPerBank: (amount?.bytesPerBank ?? 0) + bytesPerBank };
}

/** Names one memory of one device. */
export function memoryKey(device: number, memoryType: MemoryType): string {
  return `${device} ${memoryType}`;
}

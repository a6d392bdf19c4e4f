import { closeSync, fstatSync, readSync } from "node:fs";
import type { StackFrame } from "../../core/model/stack.ts";
import type { TraceSink } from "../../core/model/trace-record.ts";
import { openFile } from "../../files/open-outside-file.ts";
import { RingError } from "./ring-error.ts";
import { parseRingHeader, type RingHeader } from "./ring-header.ts";
import { HEAD_MAX, HEADER, HEADER_READ_BYTES, RECORD_BYTES, STATE_ENDED } from "./ring-layout.ts";
import { RingRecord } from "./ring-record.ts";
import { parseStacks } from "./ring-stacks.ts";

/** Records read at once: some 1.5 ms of work. */
const BATCH_RECORDS = 4096;

/** What is read goes through here, whichever ring it is of: reading never waits. */
const batch = Buffer.alloc(BATCH_RECORDS * RECORD_BYTES);
const batchRecord = new RingRecord(batch);

/**
 * Follows the ring of one traced process, which writes on without waiting and overwrites its oldest records.
 *
 * A record counts only if its slot had not been handed out again by the time it had been read; every other one is
 * counted as lost, so records + lost is always what the process wrote.
 */
export class RingReader implements Disposable {
  readonly path: string;
  readonly #file: number;
  readonly #header: RingHeader;
  readonly #sink: TraceSink;
  readonly #live = Buffer.alloc(HEADER_READ_BYTES);
  readonly #stacks = new Map<number, readonly StackFrame[]>();
  #stacksRead = 0;
  /** Ticket of the next record. */
  #next = 0;
  /** Records from the next one up to this ticket were not complete when they were read last. */
  #underWayTo = 0;
  #isClosed = false;
  records = 0;
  lost = 0;
  /** Records of a kind this engine does not know. */
  unknown = 0;

  /**
   * Returns null while the process has not finished its header. `owner`: the user whose file it has to be. Throws RingError,
   * or the error of a file that cannot be read.
   */
  static open(path: string, sink: TraceSink, owner?: number): RingReader | null {
    // Whoever names a ring may name anything.
    const file = openFile(path, { access: "read", kinds: ["regular file"], links: "refuse", owner });
    try {
      const bytes = Buffer.alloc(HEADER_READ_BYTES);
      const count = readAt(file, bytes, 0, bytes.length, 0);
      const header = parseRingHeader(bytes.subarray(0, count), fstatSync(file).size);
      if (header !== null) return new RingReader(path, file, header, sink);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    closeSync(file);
    return null;
  }

  private constructor(path: string, file: number, header: RingHeader, sink: TraceSink) {
    this.path = path;
    this.#file = file;
    this.#header = header;
    this.#sink = sink;
  }

  get pid(): number {
    return this.#header.pid;
  }

  /** Start time of its process, in clock ticks since boot; 0 where it is not known. */
  get startTicks(): bigint {
    return this.#header.startTicks;
  }

  /** Records that it holds before the oldest is overwritten. */
  get capacity(): number {
    return this.#header.capacity;
  }

  /** Which of the functions that it follows are redirected, a bit each in the order of docs/formats.md. */
  get hooks(): number {
    this.#readHeader();
    return this.#live.readUInt32LE(HEADER.hooks);
  }

  /** Which file it reads, whatever its path leads to by now. */
  get fileId(): string {
    const { dev, ino } = fstatSync(this.#file);
    return `${dev} ${ino}`;
  }

  /** Tickets handed out so far: records that are there, being written, or overwritten. */
  get head(): number {
    this.#readHeader();
    return this.#headOf();
  }

  /** Records that were handed over or lost: all before this ticket. */
  get position(): number {
    return this.#next;
  }

  /**
   * As `position`, or beyond it where what is in between is still being written, all of it: then nothing is there that
   * happened earlier.
   */
  get reached(): number {
    return Math.max(this.#next, this.#underWayTo);
  }

  /** Whether the process has closed its ring. */
  get isEnded(): boolean {
    this.#readHeader();
    return this.#live.readUInt32LE(HEADER.state) === STATE_ENDED;
  }

  /** Hands over all that is complete. A record that is still being written ends it, until the ring is half round again. */
  read(): void {
    const head = this.head;
    while (this.#next < head && this.#readBatch(head, false));
  }

  /** Hands over some of what is complete up to the ticket `head`. Returns false at one that is still being written. */
  readSome(head: number): boolean {
    return this.#readBatch(head, false);
  }

  /** Whether its sink takes no more for now. */
  get isPaused(): boolean {
    return this.#sink.isPaused === true;
  }

  /** Hands over all there is of a process that writes no more: a record it never completed is lost. */
  finish(): void {
    const head = this.head;
    while (this.#next < head && this.#readBatch(head, true));
  }

  /** The interned Python stacks so far, by number. What was read once is not read again. */
  stacks(): ReadonlyMap<number, readonly StackFrame[]> {
    this.#readHeader();
    const { stacksBytes, stacksOffset } = this.#header;
    const used = Math.min(Number(this.#live.readBigUInt64LE(HEADER.stacksUsed)), stacksBytes);
    if (used <= this.#stacksRead) return this.#stacks;
    const bytes = Buffer.alloc(used - this.#stacksRead);
    readWhole(this.#file, bytes, bytes.length, stacksOffset + this.#stacksRead);
    this.#stacksRead = parseStacks(bytes, this.#stacks) ? used : stacksBytes;
    return this.#stacks;
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#file);
  }

  #readHeader(): void {
    readWhole(this.#file, this.#live, HEADER_READ_BYTES, 0);
  }

  /** As it was read last. Throws RingError for more than any process writes: counting up to it would not end. */
  #headOf(): number {
    const head = this.#live.readUInt32LE(HEADER.head) + this.#live.readUInt32LE(HEADER.head + 4) * 2 ** 32;
    if (head > HEAD_MAX) throw new RingError(`its header says that ${head} records were written, which cannot be`);
    return head;
  }

  #readBatch(head: number, isFinal: boolean): boolean {
    const { capacity } = this.#header;
    if (head - this.#next > capacity) this.#lose(head - capacity - this.#next);
    const slot = this.#next % capacity;
    const count = Math.min(head - this.#next, capacity - slot, BATCH_RECORDS);
    readWhole(this.#file, batch, count * RECORD_BYTES, this.#header.headerBytes + slot * RECORD_BYTES);
    // What was handed out since may have been half overwritten while it was read.
    const safe = this.head - capacity;
    if (safe <= this.#next) return this.#handOver(count, isFinal);
    this.#lose(Math.min(safe - this.#next, count));
    return true;
  }

  /** Returns false at a record that is not complete yet, and where the sink takes no more. */
  #handOver(count: number, isFinal: boolean): boolean {
    const record = batchRecord;
    for (let index = 0; index < count; index++) {
      record.offset = index * RECORD_BYTES;
      if (this.#sink.isPaused === true) return false;
      if (record.sequence === this.#next + 1) this.#take(record);
      else if (isFinal || this.#isStuck()) this.#lose(1);
      else {
        this.#underWayTo = areAllUnderWay(index, count, this.#next) ? this.#next + count - index : 0;
        return false;
      }
    }
    return true;
  }

  #take(record: RingRecord): void {
    this.#next += 1;
    this.records += 1;
    if (record.isKnown) this.#sink.record(record);
    else this.unknown += 1;
  }

  /** A thread that was killed in the middle of a record must not hold up the others for ever. */
  #isStuck(): boolean {
    return this.#headOf() - this.#next > this.#header.capacity / 2;
  }

  #lose(count: number): void {
    this.#next += count;
    this.lost += count;
    this.#sink.lost(count);
  }
}

/** Whether none of the batch from `index` on, whose ticket is `ticket`, is complete. */
function areAllUnderWay(index: number, count: number, ticket: number): boolean {
  for (let later = index; later < count; later += 1) {
    batchRecord.offset = later * RECORD_BYTES;
    if (batchRecord.sequence === ticket + later - index + 1) return false;
  }
  return true;
}

/** Throws RingError where the file has become shorter: its process may have ended with it. */
function readWhole(file: number, bytes: Buffer, length: number, position: number): void {
  const count = readAt(file, bytes, 0, length, position);
  if (count < length) throw new RingError(`it was cut short: of ${length} bytes at ${position}, ${count} are there`);
}

/** As readSync, which libuv does not begin again after a signal. */
function readAt(file: number, bytes: Buffer, offset: number, length: number, position: number): number {
  for (;;) {
    try {
      return readSync(file, bytes, offset, length, position);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EINTR")) throw error;
    }
  }
}

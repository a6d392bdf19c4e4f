import { BufferMessage, MessageType } from "../../model/buffer-message.ts";
import { BUFFER_TYPE_NAMES } from "../../model/buffer-type.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { TraceRecord, TraceSink } from "../../model/trace-record.ts";
import { EntryChange, TracedBirth } from "../books.ts";
import { ALLOCATORS_MAX, tracedIdHigh } from "../traced-id.ts";
import { banksOf, blockBytesPerBank, sizeBytesOf } from "../traced-size.ts";
import type { BookedBuffer } from "./booked-buffers.ts";

/** Where the messages go that a ring's records amount to. */
export interface RingTarget {
  applyTraced(message: BufferMessage, processId: number, birth: TracedBirth): EntryChange;
  /** The live buffers of one allocator; none where the books do not know. */
  ofAllocator(processId: number, allocator: number): readonly BookedBuffer[];
}

/** The stack and the operation that allocated something, by the numbers in their ring. */
export interface Site {
  readonly stack: number;
  readonly operation: number;
}

/** An allocator of the process, which is one of a device. */
interface TracedAllocator {
  /** Its place among those of the process. */
  readonly number: number;
  /** As it is known everywhere: the logical id of its first chip. */
  readonly device: number;
  /** `MeshDevice.id()` */
  readonly openedAs: number;
  live: number;
}

/** Numbers of stacks that are believed: the records of a ring name 32 bits, and its area holds far fewer. */
const STACKS_MAX = 2 ** 26;

/** Sites of one process that are told apart; what is allocated at others has none. */
const SITES_MAX = 2 ** 20;

/** A circular buffer as it was booked. */
interface CircularBuffer {
  readonly device: number;
  readonly sizeBytes: number;
}

/** What is not known to have been allocated anywhere. */
const NO_SITE: Site = { stack: 0, operation: 0 };

/** Buffer types by name, as frames number them. */
const TYPE_INDEX = Object.fromEntries(BUFFER_TYPE_NAMES.map((name, index) => [name, index])) as Record<
  MemoryType,
  number
>;

/** Turns the records of one process's ring into the messages that a patched tt-metal would have sent. */
export class RingSender implements TraceSink {
  readonly #processId: number;
  readonly #target: RingTarget;
  readonly #followedNs: number;
  readonly #message = new BufferMessage();
  readonly #birth = new TracedBirth();
  readonly #allocators = new Map<number, TracedAllocator>();
  readonly #freeNumbers: number[] = [];
  /** By `MeshDevice.id()`: the logical id of its first chip. */
  readonly #chips = new Map<number, number>();
  /** By `MeshDevice.id()`: the circular buffers there, by address. */
  readonly #circular = new Map<number, Map<number, CircularBuffer>>();
  readonly #sites: Site[] = [NO_SITE];
  readonly #siteNumbers = new Map<number, number>();
  #lastAllocator: TracedAllocator | null = null;
  #lastAllocatorKey = 0;
  /** Records of connections that pause nothing, and until when one may have been made, on CLOCK_MONOTONIC. */
  #passes = 0;
  #passedUntilNs = 0;
  /**
   * Whether the process was about to connect to the server: what it asks there is to be answered with what is booked up
   * to here, so no more is taken until that is done.
   */
  isPaused = false;
  /** On CLOCK_MONOTONIC, when the connection was about to be made at which it paused last. */
  pausedNs = 0;
  /** Whether it pauses there: an asker that has ended waits for nothing. */
  pausesForAskers = true;
  /** Whether the books have what the process counts: not once they were emptied, or an allocator gave up what tensors still have. */
  isWhole = true;
  /** Buffers that are not booked, because their process has too many allocators. */
  leftOut = 0;

  /** `followedNs`: on CLOCK_MONOTONIC, since when the ring is followed. Connections before that were to nobody. */
  constructor(processId: number, pid: number, target: RingTarget, followedNs = 0) {
    this.#processId = processId;
    this.#followedNs = followedNs;
    this.#target = target;
    this.#message.pid = pid;
  }

  record(record: TraceRecord): void {
    switch (record.kind) {
      case "allocate":
        this.#allocate(record);
        break;
      case "free":
        this.#free(record);
        break;
      case "allocator-cleared":
        if ((this.#allocatorOf(record.allocator)?.live ?? 0) > 0) this.isWhole = false;
        this.#clear(record.allocator);
        break;
      case "allocator-destroyed":
        this.#clear(record.allocator);
        this.#forget(record.allocator);
        break;
      case "cb-allocate":
        this.#allocateCircular(record);
        break;
      case "cb-clear":
        this.#clearCircular(record.device);
        break;
      case "connect":
        this.#connect(record.timeNs);
        break;
      case "allocate-failed":
      case "free-failed":
      case "mark":
      case "capture-begin":
      case "capture-end":
      case "replay":
      case "release":
        break;
    }
  }

  /** Its reader counts them. */
  lost(): void {}

  /** Sites that were numbered so far, with number 0, which stands for none. */
  get sites(): number {
    return this.#sites.length;
  }

  /** What a buffer's site stands for. */
  site(number: number): Site {
    return this.#sites[number] ?? NO_SITE;
  }

  /** The books were emptied: nothing of what was booked is on them any more. */
  startOver(): void {
    if ([...this.#allocators.values()].some(({ live }) => live > 0)) this.isWhole = false;
    for (const allocator of this.#allocators.values()) allocator.live = 0;
    this.#circular.clear();
  }

  /** A connection of before this moment asks for nothing: its record, if that is yet to be read, pauses nothing. */
  passOver(nowNs: number): void {
    this.#passes += 1;
    this.#passedUntilNs = nowNs;
  }

  #connect(timeNs: number): void {
    // Not every connection has a record: those that are made in C++ have none.
    if (timeNs > this.#passedUntilNs) this.#passes = 0;
    if (this.#passes > 0) this.#passes -= 1;
    else if (this.pausesForAskers && timeNs >= this.#followedNs) {
      this.isPaused = true;
      this.pausedNs = timeNs;
    } else this.isPaused = false;
  }

  #allocate(record: TraceRecord): void {
    const { memoryType } = record;
    if (memoryType === null) return;
    const allocator = this.#allocatorOf(record.allocator) ?? this.#addAllocator(record);
    if (allocator === null) {
      this.leftOut += 1;
      return;
    }
    const { sizeBytes: requestedBytes } = record;
    const sizeBytes = sizeBytesOf({ requestedBytes, bytesPerBank: blockBytesPerBank(record), banks: banksOf(record) });
    const birth = this.#birth;
    birth.requestedLow = requestedBytes | 0;
    birth.requestedHigh = (requestedBytes / 2 ** 32) | 0;
    birth.site = this.#siteOf(record.stack, record.operation);
    birth.context = record.context | 0;
    this.#fill(MessageType.allocate, allocator, TYPE_INDEX[memoryType], record.address);
    if (this.#send(sizeBytes) === EntryChange.born) allocator.live += 1;
  }

  #free({ memoryType, allocator: key, address }: TraceRecord): void {
    const allocator = this.#allocatorOf(key);
    // Born before the ring was followed, or its birth was overwritten.
    if (memoryType === null || allocator === null) return;
    this.#fill(MessageType.free, allocator, TYPE_INDEX[memoryType], address);
    if (this.#send(0) === EntryChange.died) allocator.live -= 1;
  }

  #clear(key: number): void {
    const allocator = this.#allocatorOf(key);
    if (allocator === null || allocator.live === 0) return;
    for (const buffer of this.#target.ofAllocator(this.#processId, allocator.number)) {
      Object.assign(this.#message, buffer, { type: MessageType.free });
      this.#target.applyTraced(this.#message, this.#processId, this.#birth);
    }
    allocator.live = 0;
  }

  #forget(key: number): void {
    const allocator = this.#allocators.get(key);
    if (allocator === undefined) return;
    const { openedAs } = allocator;
    this.#allocators.delete(key);
    this.#freeNumbers.push(allocator.number);
    this.#lastAllocator = null;
    // A device may have several allocators: it is there as long as one of them is.
    if ([...this.#allocators.values()].some((other) => other.openedAs === openedAs)) return;
    this.#clearCircular(openedAs);
    this.#chips.delete(openedAs);
  }

  #allocateCircular({ device, address, sizeBytes }: TraceRecord): void {
    if (device < 0) return;
    // Its records do not name the chip, which may be known by the time it is freed.
    const number = this.#chips.get(device) ?? device;
    this.#fillPlain(MessageType.cbAllocate, number, address);
    if (this.#send(sizeBytes) === EntryChange.none) return;
    const booked = this.#circular.get(device) ?? new Map<number, CircularBuffer>();
    this.#circular.set(device, booked.set(address, { device: number, sizeBytes }));
  }

  #clearCircular(device: number): void {
    for (const [address, booked] of this.#circular.get(device) ?? []) {
      this.#fillPlain(MessageType.cbFree, booked.device, address);
      this.#send(booked.sizeBytes);
    }
    this.#circular.delete(device);
  }

  #fill(type: number, { number, device }: TracedAllocator, typeIndex: number, address: number): void {
    const message = this.#message;
    message.type = type;
    message.device = device;
    message.memoryType = typeIndex;
    message.idLow = address | 0;
    message.idHigh = tracedIdHigh(address, typeIndex, number);
  }

  #fillPlain(type: number, device: number, address: number): void {
    const message = this.#message;
    message.type = type;
    message.device = device;
    message.memoryType = 0;
    message.idLow = address | 0;
    message.idHigh = tracedIdHigh(address, 0, 0);
  }

  #send(sizeBytes: number): EntryChange {
    this.#message.sizeLow = sizeBytes | 0;
    this.#message.sizeHigh = (sizeBytes / 2 ** 32) | 0;
    return this.#target.applyTraced(this.#message, this.#processId, this.#birth);
  }

  #allocatorOf(key: number): TracedAllocator | null {
    if (key === this.#lastAllocatorKey && this.#lastAllocator !== null) return this.#lastAllocator;
    const allocator = this.#allocators.get(key) ?? null;
    this.#lastAllocator = allocator;
    this.#lastAllocatorKey = key;
    return allocator;
  }

  #addAllocator({ allocator: key, device, chip }: TraceRecord): TracedAllocator | null {
    if (this.#allocators.size >= ALLOCATORS_MAX) return null;
    const number = this.#freeNumbers.pop() ?? this.#allocators.size;
    const allocator = { number, device: chip ?? device, openedAs: device, live: 0 };
    this.#allocators.set(key, allocator);
    if (chip !== null) this.#chips.set(device, chip);
    this.#lastAllocator = allocator;
    this.#lastAllocatorKey = key;
    return allocator;
  }

  #siteOf(stack: number, operation: number): number {
    if (stack >= STACKS_MAX || operation >= STACKS_MAX) return 0;
    const key = operation * STACKS_MAX + stack;
    const known = this.#siteNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#sites.length;
    if (number >= SITES_MAX) return 0;
    this.#sites.push({ stack, operation });
    this.#siteNumbers.set(key, number);
    return number;
  }
}

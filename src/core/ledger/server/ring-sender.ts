import { BufferMessage, MessageType } from "../../model/buffer-message.ts";
import { BUFFER_TYPE_NAMES } from "../../model/buffer-type.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { TraceRecord, TraceSink } from "../../model/traced.ts";
import { Change, TracedBirth } from "../books.ts";
import { ALLOCATORS_MAX, tracedIdHigh } from "../traced-id.ts";
import { banksOf, blockBytesPerBank, sizeBytesOf } from "../traced-size.ts";
import type { BookedBuffer } from "./server-books.ts";

/** Where the messages go that a ring's records amount to. */
export interface RingTarget {
  applyTraced(message: BufferMessage, processId: number, birth: TracedBirth): Change;
  /** The live buffers of one allocator; none where the books cannot tell. */
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

/** A stack's number is below this: the records of a ring name 32 bits, and its area holds far fewer. */
const STACKS_MAX = 2 ** 26;

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
  /** By `MeshDevice.id()`: the circular buffers there, by address, and their sizes. */
  readonly #circular = new Map<number, Map<number, number>>();
  readonly #sites: Site[] = [{ stack: 0, operation: 0 }];
  readonly #siteNumbers = new Map<number, number>();
  #lastAllocator: TracedAllocator | null = null;
  #lastAllocatorKey = 0;
  /**
   * Whether the process was about to connect to the server: what it asks there is to be answered with what is booked up
   * to here, so no more is taken until that is done.
   */
  isPaused = false;
  /** Records that were overwritten before they were read. */
  lostRecords = 0;
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
        this.isPaused = record.timeNs >= this.#followedNs;
        break;
      case "allocate-failed":
      case "free-failed":
      case "mark":
        break;
    }
  }

  lost(records: number): void {
    this.lostRecords += records;
  }

  /** What a buffer's site stands for. */
  site(number: number): Site {
    return this.#sites[number] ?? { stack: 0, operation: 0 };
  }

  /** The books were emptied: nothing of what was told is on them any more. */
  startOver(): void {
    for (const allocator of this.#allocators.values()) allocator.live = 0;
    this.#circular.clear();
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
    if (this.#send(sizeBytes) === Change.born) allocator.live += 1;
  }

  #free({ memoryType, allocator: key, address }: TraceRecord): void {
    const allocator = this.#allocatorOf(key);
    // Born before the ring was followed, or its birth was overwritten.
    if (memoryType === null || allocator === null) return;
    this.#fill(MessageType.free, allocator, TYPE_INDEX[memoryType], address);
    if (this.#send(0) === Change.died) allocator.live -= 1;
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
    this.#clearCircular(allocator.openedAs);
    this.#allocators.delete(key);
    this.#chips.delete(allocator.openedAs);
    this.#freeNumbers.push(allocator.number);
    this.#lastAllocator = null;
  }

  #allocateCircular({ device, address, sizeBytes }: TraceRecord): void {
    if (device < 0) return;
    const sizes = this.#circular.get(device) ?? new Map<number, number>();
    this.#circular.set(device, sizes.set(address, sizeBytes));
    this.#fillPlain(MessageType.cbAllocate, device, address);
    this.#send(sizeBytes);
  }

  #clearCircular(device: number): void {
    for (const [address, sizeBytes] of this.#circular.get(device) ?? []) {
      this.#fillPlain(MessageType.cbFree, device, address);
      this.#send(sizeBytes);
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
    message.device = this.#numberOf(device);
    message.memoryType = 0;
    message.idLow = address | 0;
    message.idHigh = tracedIdHigh(address, 0, 0);
  }

  #send(sizeBytes: number): Change {
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

  /** Records of circular buffers do not name the chip. */
  #numberOf(device: number): number {
    return this.#chips.get(device) ?? device;
  }

  #siteOf(stack: number, operation: number): number {
    const key = operation * STACKS_MAX + stack;
    const known = this.#siteNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#sites.length;
    this.#sites.push({ stack, operation });
    this.#siteNumbers.set(key, number);
    return number;
  }
}

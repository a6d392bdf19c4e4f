import { MEMORY_TYPES, type MemoryType } from "../../core/model/memory-type.ts";
import { TRACE_KINDS, type TraceKind, type TraceRecord } from "../../core/model/trace-record.ts";
import { RECORD } from "./ring-layout.ts";

/** The flag of a circular buffer that lies in a buffer. */
const IN_BUFFER = 1;

const TWO_TO_32 = 2 ** 32;

/** ttnn's `BufferType` by number; those that are not device memory are not followed. */
const BUFFER_TYPES: readonly (MemoryType | null)[] = typesByNumber({ 0: "DRAM", 1: "L1", 3: "L1_SMALL", 4: "TRACE" });

/** A view of one record in a buffer of many: set `offset`, then read. Nothing is allocated for a record. */
export class RingRecord implements TraceRecord {
  readonly #bytes: Buffer;
  readonly #words: DataView;
  offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The ticket plus one; 0 while the record is being written. */
  get sequence(): number {
    return this.#u64(RECORD.sequence);
  }

  /** Whether its kind is one this engine knows. */
  get isKnown(): boolean {
    const number = this.#bytes[this.offset + RECORD.kind] ?? 0;
    return number >= 1 && number <= TRACE_KINDS.length;
  }

  /** Only to be asked of a known one. */
  get kind(): TraceKind {
    return TRACE_KINDS[(this.#bytes[this.offset + RECORD.kind] ?? 1) - 1] ?? "mark";
  }

  get memoryType(): MemoryType | null {
    return BUFFER_TYPES[this.#bytes[this.offset + RECORD.memoryType] ?? 0] ?? null;
  }

  get device(): number {
    return this.#words.getInt32(this.offset + RECORD.device, true);
  }

  get isInBuffer(): boolean {
    return ((this.#bytes[this.offset + RECORD.flags] ?? 0) & IN_BUFFER) !== 0;
  }

  get chip(): number | null {
    const numberFromOne = this.#u16(RECORD.firstChip);
    return numberFromOne === 0 ? null : numberFromOne - 1;
  }

  get banks(): number {
    return this.#u16(RECORD.banks);
  }

  get unitBytes(): number {
    return this.#u16(RECORD.unitBytes);
  }

  get address(): number {
    return this.#u64(RECORD.address);
  }

  get sizeBytes(): number {
    return this.#u64(RECORD.sizeBytes);
  }

  get bytesPerBank(): number {
    return this.#u64(RECORD.bytesPerBank);
  }

  get buffer(): number {
    return this.#u64(RECORD.buffer);
  }

  get allocator(): number {
    return this.#u64(RECORD.allocator);
  }

  get timeNs(): number {
    return this.#u64(RECORD.timeNs);
  }

  get thread(): number {
    return this.#u32(RECORD.thread);
  }

  get context(): number {
    return this.#u32(RECORD.context);
  }

  get stack(): number {
    return this.#u32(RECORD.stack);
  }

  get operation(): number {
    return this.#u32(RECORD.operation);
  }

  #u16(field: number): number {
    return this.#words.getUint16(this.offset + field, true);
  }

  #u32(field: number): number {
    return this.#words.getUint32(this.offset + field, true);
  }

  #u64(field: number): number {
    const at = this.offset + field;
    return this.#words.getUint32(at, true) + this.#words.getUint32(at + 4, true) * TWO_TO_32;
  }
}

function typesByNumber(numbers: Readonly<Record<number, MemoryType>>): (MemoryType | null)[] {
  const last = Math.max(...Object.keys(numbers).map(Number));
  const types = Array.from({ length: last + 1 }, (_, number) => numbers[number] ?? null);
  const missing = MEMORY_TYPES.filter((type) => !types.includes(type));
  if (missing.length > 0) throw new Error(`no BufferType number for ${missing.join(", ")}`);
  return types;
}

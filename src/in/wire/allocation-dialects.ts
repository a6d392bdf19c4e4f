import { MessageType } from "../../core/model/buffer-message.ts";

/** Bytes of a request that say anything; from here to the end of its frame all is zero. */
export const HEADER_BYTES = 40;

/** Largest frame taken. Builds that are not known yet may have larger frames than the largest known one. */
export const FRAME_BYTES_MAX = 4096;

/** Frames are whole 64-bit fields. */
const FIELD_BYTES = 8;

export type DialectName = "72" | "112" | "128" | "144" | "helper-32";

/** What one generation of clients and servers agrees on. Nothing in a frame names it. */
export interface Dialect {
  /** A DialectName, or the frame's size in bytes for one that is not known. */
  readonly name: string;
  readonly isKnown: boolean;
  readonly frameBytes: number;
  /** Its message types are those between them, both included. */
  readonly lowestType: number;
  readonly highestType: number;
  /** Offset of the 4 counters by memory type in a reply; null: it has no replies. */
  readonly countersOffset: number | null;
  /** Offset of circular-buffer bytes and, after them, kernel bytes in a reply. */
  readonly cbOffset: number | null;
  /** Offset of the device's fields in a reply. */
  readonly infoOffset: number | null;
}

const { allocate, dumpRemaining, deviceInfoQuery, cbAllocate, kernelUnload, dumpKernels } = MessageType;

function row(
  name: DialectName,
  frameBytes: number,
  [lowestType, highestType]: readonly [number, number],
  [countersOffset, cbOffset, infoOffset]: readonly (number | null)[],
): Dialect {
  return {
    name,
    isKnown: true,
    frameBytes,
    lowestType,
    highestType,
    countersOffset: countersOffset ?? null,
    cbOffset: cbOffset ?? null,
    infoOffset: infoOffset ?? null,
  };
}

/** The dialects that are known. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  // name, bytes, message types, offsets of counters, circular buffers and device info
  "72": row("72", 72, [allocate, dumpRemaining], [40, null, null]),
  "112": row("112", 112, [allocate, deviceInfoQuery], [40, null, 72]),
  "128": row("128", 128, [allocate, kernelUnload], [40, 72, 88]),
  "144": row("144", 144, [allocate, dumpKernels], [40, 72, 88]),
  "helper-32": row("helper-32", 32, [cbAllocate, kernelUnload], [null, null, null]),
};

/** Frames of the library's own clients, smallest first. */
const LIBRARY_DIALECTS = [DIALECTS["72"], DIALECTS["112"], DIALECTS["128"], DIALECTS["144"]] as const;

/** A set of message types as bits: type n is bit n. Types that only servers send are in none. */
const CLIENT_TYPE_BITS = Object.values(MessageType)
  .filter((type) => type !== MessageType.response && type !== MessageType.deviceInfoResponse)
  .reduce((bits, type) => bits | (1 << type), 0);

/** Types that helper frames have; the same numbers mean the same in the library's frames. */
export const HELPER_TYPE_BITS = typeBits(DIALECTS["helper-32"]);

/** The types of a dialect as bits: type n is bit n. */
export function typeBits(dialect: Dialect): number {
  return CLIENT_TYPE_BITS & ((2 << dialect.highestType) - (1 << dialect.lowestType));
}

/** Whether `type`, any integer, is one of the types in `bits`. */
export function isTypeIn(bits: number, type: number): boolean {
  return type >>> 0 < 32 && ((bits >>> type) & 1) === 1;
}

/** Whether clients send `type` in any dialect. */
export function isClientType(type: number): boolean {
  return isTypeIn(CLIENT_TYPE_BITS, type);
}

/** Whether a message of this type is answered. */
export function isAsk(type: number): boolean {
  return type === MessageType.query || type === MessageType.deviceInfoQuery;
}

/**
 * The library's dialect with frames of this size and this message type, or null. Beyond the largest known size every
 * whole number of fields up to FRAME_BYTES_MAX is a dialect, laid out like the largest known one and longer.
 */
export function libraryDialect(frameBytes: number, type: number): Dialect | null {
  const known = LIBRARY_DIALECTS.find((dialect) => dialect.frameBytes === frameBytes);
  const dialect = known ?? largerDialect(frameBytes);
  return dialect !== null && isTypeIn(typeBits(dialect), type) ? dialect : null;
}

/** Sizes of the known dialects with this message type, for messages to people. */
export function frameSizesWith(type: number): string {
  const sizes = LIBRARY_DIALECTS.filter((dialect) => isTypeIn(typeBits(dialect), type));
  return sizes.map((dialect) => dialect.name).join(", ");
}

function largerDialect(frameBytes: number): Dialect | null {
  const largest = DIALECTS["144"];
  const isSize = frameBytes > largest.frameBytes && frameBytes <= FRAME_BYTES_MAX && frameBytes % FIELD_BYTES === 0;
  return isSize ? { ...largest, name: String(frameBytes), isKnown: false, frameBytes } : null;
}

import { Largest } from "../../base/largest.ts";
import type { NumberMap } from "../../base/number-map.ts";
import type { TypeUsage } from "../../model/measurement.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { Birth, DeviceNumber } from "../../model/trace-record.ts";
import { freePieces } from "./free-pieces.ts";
import type { Placed } from "./lay-out.ts";
import { rangeOf, type SeenAddresses } from "./seen-addresses.ts";

/** A buffer that is live now. */
export interface BufferNow {
  readonly address: number;
  readonly sizeBytes: number;
  birth(): Birth;
  /** What referred to it on the host when its test was over; empty: nothing that is known. */
  holders(): readonly string[];
}

/** One memory of a device, now or when it was looked at last. */
export interface MemoryNow {
  readonly place: DeviceNumber;
  readonly memoryType: MemoryType;
  readonly knownFrom: "events" | "looks";
  /** As the allocator said last; null: nobody asked. */
  readonly usage: TypeUsage | null;
  readonly usedBytes: number;
  /** null: not known. */
  readonly largestFreeBytesPerBank: number | null;
  readonly buffers: number;
  /** Largest first. */
  readonly largest: readonly BufferNow[];
}

/** What the buffers of one memory are asked for. */
export interface BufferQuestions<Buffer extends Placed> {
  sizeOf(buffer: Buffer): number;
  birthOf(buffer: Buffer): Birth;
  holdersOf(buffer: Buffer): readonly string[];
}

/** What was traced of one memory. */
export interface TracedNow<Buffer extends Placed> extends Pick<MemoryNow, "place" | "memoryType" | "usage"> {
  /** By address. */
  readonly buffers: NumberMap<Buffer>;
  readonly seen: SeenAddresses | undefined;
  /** Whether no records were lost. */
  readonly isWhole: boolean;
}

/** At the last record. Linear in the buffers; only those that are listed are asked who made them. */
export function memoryNow<Buffer extends Placed>(
  { place, memoryType, usage, buffers, seen, isWhole }: TracedNow<Buffer>,
  questions: BufferQuestions<Buffer>,
  listedMax: number,
): MemoryNow {
  const all = [...buffers.values()];
  const usedBytes = all.reduce((sum, buffer) => sum + questions.sizeOf(buffer), 0);
  return {
    place,
    memoryType,
    knownFrom: "events",
    usage,
    usedBytes,
    largestFreeBytesPerBank: isWhole ? largestFree(buffers, usage, seen) : null,
    buffers: all.length,
    largest: largestOf(all, questions, listedMax),
  };
}

/** Of all buffers, the largest, largest first. */
export function largestOf<Buffer extends Placed>(
  buffers: readonly Buffer[],
  questions: BufferQuestions<Buffer>,
  max: number,
): readonly BufferNow[] {
  const largest = new Largest<Buffer>(max);
  for (const buffer of buffers) largest.add(buffer, questions.sizeOf(buffer));
  return largest.all().map(({ thing: buffer, sizeBytes }) => ({
    address: buffer.address,
    sizeBytes,
    birth: () => questions.birthOf(buffer),
    holders: () => questions.holdersOf(buffer),
  }));
}

/** What the allocator said, where nothing came or went since; else what lies between the buffers. */
function largestFree(
  buffers: NumberMap<Placed>,
  usage: TypeUsage | null,
  seen: SeenAddresses | undefined,
): number | null {
  if (usage === null) return null;
  const addresses = Float64Array.from(buffers.keys()).sort();
  const bytesPerBank = addresses.map((address) => buffers.get(address)?.bytesPerBank ?? 0);
  const used = bytesPerBank.reduce((sum, bytes) => sum + bytes, 0);
  if (used === usage.allocatedBytesPerBank && usage.largestFreeBytesPerBank !== null) {
    return usage.largestFreeBytesPerBank;
  }
  return freePieces({ addresses, bytesPerBank }, rangeOf(usage, seen)).largestBytes;
}

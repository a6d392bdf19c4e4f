import type { TypeUsage } from "../../model/measurement.ts";
import type { MemoryState } from "../../model/memory-shortage.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { Birth, DeviceNumber } from "../../model/trace-record.ts";
import type { Placed } from "./lay-out.ts";
import type { SeenAddresses } from "./seen-addresses.ts";

/** Banks and size of a memory. */
export type MemorySize = Pick<TypeUsage, "memoryType" | "banks" | "totalBytesPerBank">;

/** What is known of one memory of one device. */
export interface KnownMemory<Buffer extends Placed> {
  readonly place: DeviceNumber;
  /** null: nobody measured the device. */
  readonly size: MemorySize | null;
  readonly seen: SeenAddresses | undefined;
  /** The largest free piece beside these buffers, as the allocator said; null: not known. */
  readonly largestFreeBytesPerBank: number | null;
  readonly buffers: readonly Buffer[];
  /** What died since the last look, in that order, as far as that is known. */
  readonly departed: readonly (Buffer & { readonly diedNs: number | null })[];
  readonly isWhole: boolean;
}

/** Who knows what is live on the devices of one process: the records of the tracer, or the looks at the allocators. */
export interface MemorySource<Buffer extends Placed> {
  readonly knownFrom: MemoryState["knownFrom"];
  memories(memoryType: MemoryType): readonly KnownMemory<Buffer>[];
  /** Buffers of which it is the same were born alike. */
  birthKeyOf(buffer: Buffer): string;
  /** To be asked when all is known of the run. */
  birthOf(buffer: Buffer): Birth;
}

import type { DeviceNumber, TracedSize, TraceRecord } from "../model/trace-record.ts";

/** What is known of where a traced buffer is. */
export interface TracedPlace {
  /** `MeshDevice.id()`. */
  readonly device: number;
  readonly chip: number | null;
}

/** What is known of a traced buffer's size. */
export interface TracedExtent {
  readonly requestedBytes: number;
  /** As the allocator counts them. */
  readonly bytesPerBank: number;
  /** 0: not known. */
  readonly banks: number;
}

/** Bytes per bank that the allocator gives for an allocation; where its unit is not known, what was asked for. */
export function blockBytesPerBank({
  bytesPerBank,
  unitBytes,
}: Pick<TraceRecord, "bytesPerBank" | "unitBytes">): number {
  return unitBytes === 0 ? bytesPerBank : Math.ceil(bytesPerBank / unitBytes) * unitBytes;
}

/** Banks of the memory type; 0 where it is not known what the allocator makes of a buffer in each of them. */
export function banksOf({ banks, unitBytes }: Pick<TraceRecord, "banks" | "unitBytes">): number {
  return unitBytes === 0 ? 0 : banks;
}

/** The number by which people know the device. */
export function deviceNumberOf({ device, chip }: TracedPlace): DeviceNumber {
  return chip === null ? { device, openedAs: device } : { device: chip, openedAs: null };
}

/** Whether the size is known as the allocator counts it. */
export function isExact({ bytesPerBank, banks }: TracedExtent): boolean {
  return bytesPerBank > 0 && banks > 0;
}

/** Bytes per bank x banks; where that is not known, what was asked for. */
export function sizeBytesOf(extent: TracedExtent): number {
  return isExact(extent) ? extent.bytesPerBank * extent.banks : extent.requestedBytes;
}

export function tracedSizeOf(extent: TracedExtent): TracedSize {
  return { sizeBytes: sizeBytesOf(extent), isExact: isExact(extent), requestedBytes: extent.requestedBytes };
}

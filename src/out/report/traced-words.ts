import { formatBytes } from "../../core/base/bytes.ts";
import type { MemoryType } from "../../core/model/memory-type.ts";
import type { DeviceNumber, TracedSize } from "../../core/model/trace-record.ts";

/** "device 0", or what there is to say where its chip is not known. */
export function deviceText({ device, openedAs }: DeviceNumber): string {
  if (openedAs === null) return `device ${device}`;
  return openedAs < 0 ? "an unknown device" : `a device of unknown chip (opened as ${openedAs})`;
}

/** "24.0 KB DRAM (asked for: 8.0 KB)": the allocator's size, and what was asked for where that reads otherwise. */
export function tracedSizeText(size: TracedSize, memoryType: MemoryType, join = " "): string {
  const [allocated, requested] = [formatBytes(size.sizeBytes), formatBytes(size.requestedBytes)];
  const text = `${allocated}${join}${memoryType}`;
  if (!size.isExact) return `${text} (as asked for)`;
  return requested === allocated ? text : `${text} (asked for: ${requested})`;
}

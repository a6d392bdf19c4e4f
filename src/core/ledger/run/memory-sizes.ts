import type { TypeUsage } from "../../model/measurement.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { MemorySize } from "./memory-source.ts";

/** How large the memories of each measured device are. Devices that are alike share it: there may be one for each test. */
export class MemorySizes {
  readonly #byDevice = new Map<number, readonly MemorySize[]>();
  #last: readonly MemorySize[] = [];

  set(device: number, usage: readonly TypeUsage[]): void {
    if (!areAlike(this.#last, usage)) this.#last = usage.map(sizeOf);
    this.#byDevice.set(device, this.#last);
  }

  /** null: the device was not measured. */
  of(device: number, memoryType: MemoryType): MemorySize | null {
    return this.#byDevice.get(device)?.find((size) => size.memoryType === memoryType) ?? null;
  }
}

function sizeOf({ memoryType, banks, totalBytesPerBank }: TypeUsage): MemorySize {
  return { memoryType, banks, totalBytesPerBank };
}

function areAlike(some: readonly MemorySize[], others: readonly MemorySize[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ memoryType, banks, totalBytesPerBank }, index) => {
      const other = others[index];
      return other?.memoryType === memoryType && other.banks === banks && other.totalBytesPerBank === totalBytesPerBank;
    })
  );
}

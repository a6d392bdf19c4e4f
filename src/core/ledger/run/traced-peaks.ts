import type { MemoryType } from "../../model/memory-type.ts";
import type { PeakUse } from "../../model/trace-report.ts";
import type { DeviceNumber } from "../../model/traced.ts";
import { deviceNumberOf, isExact, sizeBytesOf, type TracedExtent, type TracedPlace } from "../traced-size.ts";

interface Buffer extends TracedPlace, TracedExtent {
  readonly memoryType: MemoryType;
}

interface Total {
  readonly number: DeviceNumber;
  readonly memoryType: MemoryType;
  liveBytes: number;
  peakBytes: number;
  isExact: boolean;
}

/**
 * Adds up what is live in each memory, and keeps the most there was. Sub-meshes have allocators of their own; those that
 * begin with the same chip are one device to people, so they are added up.
 */
export class TracedPeaks {
  readonly #totals = new Map<string, Total>();
  #last: (TracedPlace & Pick<Total, "memoryType"> & { readonly total: Total }) | null = null;

  born(buffer: Buffer): void {
    const total = this.#totalOf(buffer);
    total.liveBytes += sizeBytesOf(buffer);
    total.peakBytes = Math.max(total.peakBytes, total.liveBytes);
    total.isExact &&= isExact(buffer);
  }

  died(buffer: Buffer): void {
    this.#totalOf(buffer).liveBytes -= sizeBytesOf(buffer);
  }

  all(): PeakUse[] {
    return [...this.#totals.values()].map(({ number, memoryType, peakBytes, isExact: isAll }) => {
      return { ...number, memoryType, peakBytes, isExact: isAll };
    });
  }

  /** One device's allocations come one after the other mostly, so the last one's total is asked first. */
  #totalOf(buffer: Buffer): Total {
    const { device, chip, memoryType } = buffer;
    const last = this.#last;
    if (last?.device === device && last.chip === chip && last.memoryType === memoryType) return last.total;
    const key = chip === null ? `opened as ${device} ${memoryType}` : `${chip} ${memoryType}`;
    let total = this.#totals.get(key);
    if (total === undefined) {
      total = { number: deviceNumberOf(buffer), memoryType, liveBytes: 0, peakBytes: 0, isExact: true };
      this.#totals.set(key, total);
    }
    this.#last = { device, chip, memoryType, total };
    return total;
  }
}

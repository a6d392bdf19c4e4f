import type { RegionBytes, RegionDifference } from "../model/memory-region.ts";
import { MEMORY_TYPES, type MemoryType } from "../model/memory-type.ts";

/** What a process has live on a chip, in bytes as they were asked for, over all its banks. */
export interface RequestedNow {
  /** Logical id; null: on each, because nothing is live. */
  readonly chip: number | null;
  readonly bytes: Readonly<Record<MemoryType, number>>;
}

/** What it counts in the region of a chip. */
export interface CountedNow {
  /** Logical id. */
  readonly chip: number;
  readonly bytes: RegionBytes;
}

/**
 * Comparisons with events in between that have to find the same difference: one event may be in one of the two sources and not
 * yet in the other.
 */
const SAME_WANTED = 3;

interface Seen {
  /** Bytes that the region has more; 0: they agree. */
  offBytes: number;
  /** Comparisons that found that, with events in between. */
  times: number;
  /** Records of the process at the last one. */
  records: number;
  /** Whether they ever agreed: before that a region may have what an earlier process of the same pid left there. */
  hasAgreed: boolean;
  isTold: boolean;
}

/** Holds what a process counts in its region against what was traced of it. */
export class RegionWitness {
  /** By chip and memory type. */
  readonly #seen = new Map<string, Seen>();

  /** Both at one moment, after so many records of the process. Gives what is certain, once for each memory type. */
  compare(records: number, traced: RequestedNow, { chip, bytes }: CountedNow): readonly RegionDifference[] {
    return MEMORY_TYPES.flatMap((memoryType) => {
      const regionBytes = bytes[memoryType];
      if (regionBytes === undefined || regionBytes === null) return [];
      const tracedBytes = traced.bytes[memoryType];
      const isCertain = this.#note(`${chip} ${memoryType}`, regionBytes - tracedBytes, records);
      return isCertain ? [{ chip, memoryType, regionBytes, tracedBytes }] : [];
    });
  }

  #note(key: string, offBytes: number, records: number): boolean {
    const seen = this.#seen.get(key) ?? { offBytes: 0, times: 0, records: -1, hasAgreed: false, isTold: false };
    this.#seen.set(key, seen);
    if (offBytes === 0) seen.hasAgreed = true;
    if (offBytes !== seen.offBytes) seen.times = 0;
    if (offBytes !== seen.offBytes || records !== seen.records) seen.times += 1;
    seen.offBytes = offBytes;
    seen.records = records;
    const isCertain = offBytes !== 0 && seen.hasAgreed && !seen.isTold && seen.times >= SAME_WANTED;
    if (isCertain) seen.isTold = true;
    return isCertain;
  }
}

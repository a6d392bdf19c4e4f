import type { MemoryType } from "../../model/memory-type.ts";
import type { TimelineSeries } from "../../model/timeline.ts";
import type { DeviceNumber } from "../../model/trace-record.ts";
import { MemorySeries } from "./memory-series.ts";
import type { TimeBuckets } from "./time-buckets.ts";

/** Series that are kept: eight processes, each with the four memory types of eight devices. */
const SERIES_MAX = 256;

/** Which memory of which process. */
export interface SeriesPlace extends DeviceNumber {
  readonly pid: number;
  readonly memoryType: MemoryType;
}

export interface NumberedSeries {
  /** Index among all of them. */
  readonly index: number;
  readonly memory: MemorySeries;
}

interface KeptSeries extends NumberedSeries {
  readonly place: SeriesPlace;
  readonly knownFrom: TimelineSeries["knownFrom"];
}

/** The series of a timeline, by memory of device of process. */
export class TimelineSeriesSet {
  readonly #buckets: TimeBuckets;
  readonly #kept = new Map<string, KeptSeries>();
  readonly #capacities = new Map<string, number>();
  readonly #lost = new Map<number, number>();
  readonly #more = new Set<string>();

  constructor(buckets: TimeBuckets) {
    this.#buckets = buckets;
  }

  /** Series beyond those that are kept. */
  get more(): number {
    return this.#more.size;
  }

  /** null: there are too many. */
  of(place: SeriesPlace, knownFrom: TimelineSeries["knownFrom"]): NumberedSeries | null {
    const key = keyOf(place);
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    if (this.#kept.size === SERIES_MAX) {
      this.#more.add(key);
      return null;
    }
    const made = { index: this.#kept.size, memory: new MemorySeries(this.#buckets), place, knownFrom };
    this.#kept.set(key, made);
    return made;
  }

  noteCapacity(place: SeriesPlace, bytes: number): void {
    this.#capacities.set(keyOf(place), bytes);
  }

  noteLoss(pid: number, records: number): void {
    this.#lost.set(pid, (this.#lost.get(pid) ?? 0) + records);
  }

  all(): TimelineSeries[] {
    return [...this.#kept].map(([key, { place, knownFrom, memory }]) => ({
      ...place,
      knownFrom,
      capacityBytes: this.#capacities.get(key) ?? null,
      lostRecords: this.#lost.get(place.pid) ?? 0,
      ...memory.values(),
    }));
  }
}

function keyOf({ pid, device, openedAs, memoryType }: SeriesPlace): string {
  return `${pid} ${device} ${openedAs} ${memoryType}`;
}

import { BUCKETS_MAX, type TimeBuckets } from "./time-buckets.ts";

/** Values of one memory: the arrays have one for each bucket up to the last in which something changed. */
export interface SeriesValues {
  readonly leastBytes: Float64Array;
  readonly mostBytes: Float64Array;
  readonly lastBytes: Float64Array;
}

const FIRST_ROOM = 64;

/** The bytes in use of one memory over time, as the least, the most and the last of each bucket: exact, however many changes. */
export class MemorySeries {
  readonly #buckets: TimeBuckets;
  #least = new Float64Array(FIRST_ROOM);
  #most = new Float64Array(FIRST_ROOM);
  #last = new Float64Array(FIRST_ROOM);
  #bucketNs: number;
  /** The bucket of the last change; those after it have no values yet. */
  #at = -1;
  #usedBytes = 0;

  constructor(buckets: TimeBuckets) {
    this.#buckets = buckets;
    this.#bucketNs = buckets.bucketNs;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** A time before that of the last change counts as that. */
  change(atNs: number, bytes: number): void {
    const index = this.#buckets.indexOf(atNs);
    while (this.#bucketNs < this.#buckets.bucketNs) this.#halve();
    while (this.#at < index) this.#append();
    this.#usedBytes += bytes;
    const used = this.#usedBytes;
    const at = this.#at;
    this.#last[at] = used;
    if (used < (this.#least[at] ?? 0)) this.#least[at] = used;
    if (used > (this.#most[at] ?? 0)) this.#most[at] = used;
  }

  values(): SeriesValues {
    while (this.#bucketNs < this.#buckets.bucketNs) this.#halve();
    const end = this.#at + 1;
    return {
      leastBytes: this.#least.slice(0, end),
      mostBytes: this.#most.slice(0, end),
      lastBytes: this.#last.slice(0, end),
    };
  }

  /** The next bucket begins with what is in use. */
  #append(): void {
    this.#at += 1;
    if (this.#at === this.#last.length) this.#grow();
    this.#least[this.#at] = this.#most[this.#at] = this.#last[this.#at] = this.#usedBytes;
  }

  /** Two buckets become one. */
  #halve(): void {
    this.#bucketNs *= 2;
    for (let from = 0; from <= this.#at; from += 2) {
      const second = Math.min(from + 1, this.#at);
      const to = from / 2;
      this.#least[to] = Math.min(this.#least[from] ?? 0, this.#least[second] ?? 0);
      this.#most[to] = Math.max(this.#most[from] ?? 0, this.#most[second] ?? 0);
      this.#last[to] = this.#last[second] ?? 0;
    }
    this.#at = this.#at < 0 ? -1 : this.#at >> 1;
  }

  #grow(): void {
    const room = Math.min(BUCKETS_MAX, this.#last.length * 4);
    this.#least = grown(this.#least, room);
    this.#most = grown(this.#most, room);
    this.#last = grown(this.#last, room);
  }
}

function grown(values: Float64Array, room: number): Float64Array<ArrayBuffer> {
  const more = new Float64Array(room);
  more.set(values);
  return more;
}

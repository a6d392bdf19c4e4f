/** Spans of time in one timeline. More than a screen has columns, so that it can be zoomed into. */
export const BUCKETS_MAX = 4096;

/** Their length at first. */
const FIRST_BUCKET_NS = 1_000_000;

/** Equal spans of time that all series of a timeline share. They get twice as long whenever there would be too many. */
export class TimeBuckets {
  #beginNs: number | null;
  #endNs = 0;
  #bucketNs = FIRST_BUCKET_NS;

  /** `beginNs`: when the first span begins; null: with the first time that is asked for. */
  constructor(beginNs: number | null) {
    this.#beginNs = beginNs;
  }

  get beginNs(): number {
    return this.#beginNs ?? 0;
  }

  /** The latest time that was asked for. */
  get endNs(): number {
    return Math.max(this.#endNs, this.beginNs);
  }

  get bucketNs(): number {
    return this.#bucketNs;
  }

  /** Number of the span that has a time; what is earlier than the first is in the first. */
  indexOf(atNs: number): number {
    this.#beginNs ??= atNs;
    if (atNs > this.#endNs) this.#endNs = atNs;
    const sinceNs = Math.max(0, atNs - this.#beginNs);
    while (sinceNs >= this.#bucketNs * BUCKETS_MAX) this.#bucketNs *= 2;
    return Math.floor(sinceNs / this.#bucketNs);
  }
}

import type { TraceRecord } from "../../core/model/trace-record.ts";
import { RecordBatch } from "./record-batch.ts";

/** Batches that are kept to be used again. */
const SPARE_BATCHES_MAX = 8;

/** The records of one block, by ring. */
export class RingBatches {
  readonly #batches = new Map<number, RecordBatch>();
  readonly #spare: RecordBatch[] = [];

  /** How many there are. */
  get records(): number {
    return [...this.#batches.values()].reduce((sum, { length }) => sum + length, 0);
  }

  of(ring: number): RecordBatch {
    let batch = this.#batches.get(ring);
    if (batch === undefined) {
      batch = this.#spare.pop() ?? new RecordBatch();
      this.#batches.set(ring, batch);
    }
    return batch;
  }

  /** The time of the latest one; 0 where there is none. */
  latestNs(): number {
    return Math.max(0, ...[...this.#batches.values()].map((batch) => batch.latestNs()));
  }

  /** The messages that have them; it is empty then. */
  take(): Uint8Array[] {
    const messages = [...this.#batches].map(([ring, batch]) => batch.take(ring));
    this.clear();
    return messages;
  }

  clear(): void {
    for (const batch of this.#batches.values()) {
      batch.clear();
      if (this.#spare.length < SPARE_BATCHES_MAX) this.#spare.push(batch);
    }
    this.#batches.clear();
  }
}

/** The messages that have records of one ring, and how many each has. */
export function* batchesOf(
  ring: number,
  records: Iterable<TraceRecord>,
): Generator<{ readonly message: Uint8Array; readonly count: number }> {
  const batch = new RecordBatch();
  for (const record of records) {
    batch.add(record);
    if (batch.isFull) yield { count: batch.length, message: batch.take(ring) };
  }
  if (batch.length > 0) yield { count: batch.length, message: batch.take(ring) };
}

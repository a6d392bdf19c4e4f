import type { MemoryType } from "../../model/memory-type.ts";
import type { TracedBuffer } from "./traced-buffer.ts";

/** Marks that wait for their measurement; more are never under way, so older ones are forgotten. */
const MARKS_MAX = 1000;

/** Where something was freed that is not known. */
export interface FreedAddress {
  readonly device: number;
  readonly memoryType: MemoryType;
  readonly address: number;
}

/** What came and went between two marks, with what came and went again left out. */
export interface Interval {
  readonly born: ReadonlySet<TracedBuffer>;
  readonly died: ReadonlySet<TracedBuffer>;
  /** Frees of buffers whose birth was lost. */
  readonly freed: readonly FreedAddress[];
  /** The L1 buffers that died last, in that order. */
  readonly departed: readonly TracedBuffer[];
  /** Whether records were lost in it. */
  readonly isWhole: boolean;
}

/** What came and went up to each mark, until the measurement that the mark was put in for claims it. */
export class TracedIntervals {
  /** By number of the mark that ends it, in order. */
  readonly #waiting = new Map<number, Interval>();

  /** A mark ends what came and went since the one before. */
  end(mark: number, interval: Interval): void {
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size >= MARKS_MAX && oldest !== undefined) this.#mergeOldest(oldest);
    this.#waiting.set(mark, interval);
  }

  /** What came and went up to a mark since the mark claimed before; null: its record was lost. */
  claim(mark: number): readonly Interval[] | null {
    if (!this.#waiting.has(mark)) return null;
    const intervals: Interval[] = [];
    for (const [number, interval] of this.#waiting) {
      this.#waiting.delete(number);
      intervals.push(interval);
      if (number === mark) break;
    }
    return intervals;
  }

  /** A mark nobody claims must not keep its buffers: what it had goes to the next one. */
  #mergeOldest(oldest: number): void {
    const [, next] = this.#waiting.keys();
    const [first, second] = [this.#waiting.get(oldest), next === undefined ? undefined : this.#waiting.get(next)];
    this.#waiting.delete(oldest);
    if (first === undefined || second === undefined || next === undefined) return;
    const died = new Set([...first.died, ...[...second.died].filter((buffer) => !first.born.has(buffer))]);
    const born = new Set([...[...first.born].filter((buffer) => !second.died.has(buffer)), ...second.born]);
    const freed = [...first.freed, ...second.freed];
    // A map keeps the place of a key that is set again.
    this.#waiting.set(next, {
      born,
      died,
      freed,
      departed: second.departed,
      isWhole: first.isWhole && second.isWhole,
    });
  }
}

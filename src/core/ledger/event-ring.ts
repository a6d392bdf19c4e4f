import { fromHalves } from "../model/buffer-message.ts";
import type { HistoryEvent, HistoryKind } from "../model/server-view.ts";

/** Events that are remembered, of all buffers together. */
export const HISTORY_EVENTS = 16_384;
const MASK = HISTORY_EVENTS - 1;
const EVENT_WORDS = 8;
const Field = { entry: 0, previous: 1, kind: 2, refCount: 3, sizeLow: 4, sizeHigh: 5, owner: 6 } as const;

export const EventKind = { allocate: 0, free: 1, reuse: 2 } as const;
const KIND_NAMES: readonly HistoryKind[] = ["ALLOC", "FREE", "REUSE"];

/**
 * The last events of all buffers, in one ring of half a MiB. An event knows the one before it of the same buffer, so a
 * buffer's history is a walk, and what is overwritten ends it.
 */
export class EventRing {
  readonly #words = new Int32Array(HISTORY_EVENTS * EVENT_WORDS);
  /** Number of the next event. Goes round after 2^32; 0 is never a number. */
  #next = 1;

  /** Remembers an event; gives its number, to be passed as `previous` of the entry's next one. */
  record(
    entry: number,
    previous: number,
    kind: number,
    refCount: number,
    sizeLow: number,
    sizeHigh: number,
    owner: number,
  ): number {
    const number = this.#next;
    const words = this.#words;
    const at = (number & MASK) * EVENT_WORDS;
    words[at + Field.entry] = entry;
    words[at + Field.previous] = previous;
    words[at + Field.kind] = kind;
    words[at + Field.refCount] = refCount;
    words[at + Field.sizeLow] = sizeLow;
    words[at + Field.sizeHigh] = sizeHigh;
    words[at + Field.owner] = owner;
    this.#next = (number + 1) | 0 || 1;
    return number;
  }

  /** Events of an entry, newest first, as far as remembered. */
  *walk(entry: number, newest: number, pidOf: (owner: number) => number): Generator<HistoryEvent, void, void> {
    const words = this.#words;
    for (let number = newest, steps = 0; number !== 0 && steps < HISTORY_EVENTS; steps += 1) {
      const age = (this.#next - number) | 0;
      const at = (number & MASK) * EVENT_WORDS;
      if (age <= 0 || age > HISTORY_EVENTS || words[at + Field.entry] !== entry) return;
      yield {
        kind: KIND_NAMES[words[at + Field.kind] as number] ?? "ALLOC",
        sizeBytes: fromHalves(words[at + Field.sizeLow] as number, words[at + Field.sizeHigh] as number),
        pid: pidOf(words[at + Field.owner] as number),
        refCount: words[at + Field.refCount] as number,
      };
      number = words[at + Field.previous] as number;
    }
  }
}

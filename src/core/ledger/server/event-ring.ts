import { fromHalves } from "../../model/buffer-message.ts";
import type { HistoryEvent, HistoryKind } from "../../model/server-view.ts";

/** Events that are remembered, of all buffers together. */
const HISTORY_EVENTS = 4_096;
const MASK = HISTORY_EVENTS - 1;
const EVENT_WORDS = 8;
/** `what` is the kind of event and the references after it. Its process is the entry's. */
const Field = { entry: 0, previous: 1, what: 2, sizeLow: 3, sizeHigh: 4 } as const;

export const EventKind = { allocate: 0, free: 1, reuse: 2 } as const;
const KIND_BITS = 2;
const KIND_MASK = (1 << KIND_BITS) - 1;
const KIND_NAMES: readonly HistoryKind[] = ["ALLOC", "FREE", "REUSE"];

/** An event of a kind that leaves so many references, as `EventRing.record` takes it. */
export function packEvent(kind: number, refCount: number): number {
  return (refCount << KIND_BITS) | kind;
}

/**
 * The last events of all buffers, in one ring of half a MiB. An event knows the one before it of the same buffer, so a
 * buffer's history is a walk, and what is overwritten ends it.
 */
export class EventRing {
  readonly #words = new Int32Array(HISTORY_EVENTS * EVENT_WORDS);
  /** Number of the next event. Goes round after 2^32; 0 is never a number. */
  #next: number;

  /** `first` is the number of the first event, signed and not 0. */
  constructor(first = 1) {
    this.#next = first;
  }

  /** Remembers an event; gives its number, to be passed as `previous` of the entry's next one. */
  record(entry: number, previous: number, what: number, sizeLow: number, sizeHigh: number): number {
    const number = this.#next;
    const words = this.#words;
    const at = (number & MASK) * EVENT_WORDS;
    words[at + Field.entry] = entry;
    words[at + Field.previous] = previous;
    words[at + Field.what] = what;
    words[at + Field.sizeLow] = sizeLow;
    words[at + Field.sizeHigh] = sizeHigh;
    this.#next = (number + 1) | 0 || 1;
    return number;
  }

  /** Events of an entry, newest first, as far as remembered. */
  *walk(entry: number, newest: number, pid: number): Generator<HistoryEvent, void, void> {
    const words = this.#words;
    for (let number = newest, steps = 0; number !== 0 && steps < HISTORY_EVENTS; steps += 1) {
      const age = (this.#next - number) | 0;
      const at = (number & MASK) * EVENT_WORDS;
      if (age <= 0 || age > HISTORY_EVENTS || words[at + Field.entry] !== entry) return;
      const what = words[at + Field.what] as number;
      yield {
        kind: KIND_NAMES[what & KIND_MASK] ?? "ALLOC",
        sizeBytes: fromHalves(words[at + Field.sizeLow] as number, words[at + Field.sizeHigh] as number),
        pid,
        refCount: what >>> KIND_BITS,
      };
      number = words[at + Field.previous] as number;
    }
  }
}

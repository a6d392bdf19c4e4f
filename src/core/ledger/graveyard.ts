import { Field } from "./buffer-entry.ts";
import type { EntryStore } from "./entry-store.ts";

/** Freed buffers that are remembered, to know a second free of them. */
export const REMEMBERED_MAX = 8_192;
const NONE = -1;

/** The entries that were freed last, in order of death; the oldest makes room for a new one. */
export class Graveyard {
  readonly #entries = new Int32Array(REMEMBERED_MAX).fill(NONE);
  readonly #deaths = new Int32Array(REMEMBERED_MAX);
  #count = 0;

  /** Remembers an entry that was freed just now. Gives an entry to forget, or -1. */
  bury(entry: number, words: Int32Array, at: number, store: EntryStore): number {
    const place = this.#count % REMEMBERED_MAX;
    const oldest = this.#entries[place] as number;
    const isDead = oldest !== NONE && this.#isStillDead(oldest, this.#deaths[place] as number, store);
    this.#count += 1;
    this.#entries[place] = entry;
    this.#deaths[place] = this.#count | 0;
    words[at + Field.birthLow] = this.#count | 0;
    return isDead && oldest !== entry ? oldest : NONE;
  }

  /** Not allocated again since, and not dead for a second time: then a later place stands for it. */
  #isStillDead(entry: number, death: number, store: EntryStore): boolean {
    const words = store.words(entry);
    const at = store.at(entry);
    return (
      (words[at + Field.kindAndType] as number) >= 0 &&
      words[at + Field.refCount] === 0 &&
      words[at + Field.birthLow] === death
    );
  }
}

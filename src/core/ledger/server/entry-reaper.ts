import { Field } from "./buffer-entry.ts";
import type { EntryIndex } from "./entry-index.ts";
import type { EntryStore } from "./entry-store.ts";
import type { Owners } from "./owners.ts";
import type { RememberedFrees } from "./remembered-frees.ts";

const NONE = -1;

/** Gives back the entries of processes that were taken off the books, a part at a time. */
export class EntryReaper {
  readonly #store: EntryStore;
  readonly #index: EntryIndex;
  readonly #freed: RememberedFrees;
  readonly #counters: Owners["counters"];
  #from = NONE;

  constructor(store: EntryStore, index: EntryIndex, freed: RememberedFrees, counters: Owners["counters"]) {
    this.#store = store;
    this.#index = index;
    this.#freed = freed;
    this.#counters = counters;
  }

  /** After a process was removed: all entries have to be looked at. */
  begin(): void {
    this.#from = 0;
  }

  /** Whether there is anything for `reap`. */
  get isDue(): boolean {
    return this.#from !== NONE;
  }

  /** Looks at up to `most` entries; gives whether more are to be looked at. */
  reap(most: number): boolean {
    if (this.#from === NONE) return false;
    const end = Math.min(this.#from + most, this.#store.extent);
    for (let entry = this.#from; entry < end; entry += 1) {
      const words = this.#store.words(entry);
      const at = this.#store.at(entry);
      if ((words[at + Field.place] as number) < 0) continue;
      if (this.#counters[words[at + Field.owner] as number] !== null) continue;
      if (words[at + Field.refCount] === 0) this.#freed.forget(words, at);
      this.forget(entry);
    }
    this.#from = end === this.#store.extent ? NONE : end;
    return this.#from !== NONE;
  }

  forget(entry: number): void {
    this.#index.remove(entry);
    this.#store.give(entry);
  }
}

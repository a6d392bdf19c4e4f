import { Field, hashKey } from "./buffer-entry.ts";
import type { EntryIndex } from "./entry-index.ts";
import type { EntryStore } from "./entry-store.ts";
import type { Owners } from "./owners.ts";

/** Processes that are asked whether a free that its sender does not know was meant for one of theirs. */
const FOREIGN_OWNERS_MAX = 256;

/** Tells a free of what another process has booked from one of what nobody has. */
export class ForeignEntries {
  readonly #store: EntryStore;
  readonly #index: EntryIndex;
  readonly #owners: Owners;

  constructor(store: EntryStore, index: EntryIndex, owners: Owners) {
    this.#store = store;
    this.#index = index;
    this.#owners = owners;
  }

  /** Whether any of the first FOREIGN_OWNERS_MAX others has this live. */
  has(space: number, sender: number, idLow: number, idHigh: number): boolean {
    let asked = 0;
    for (const owner of this.#owners.present) {
      if (owner === sender) continue;
      asked += 1;
      if (asked > FOREIGN_OWNERS_MAX) return false;
      const entry = this.#index.find(hashKey(space, owner, idLow, idHigh), space, owner, idHigh);
      if (entry >= 0 && this.#store.words(entry)[this.#store.at(entry) + Field.refCount] !== 0) return true;
    }
    return false;
  }
}

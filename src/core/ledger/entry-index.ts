import { Field, hashKey, kindOf } from "./buffer-entry.ts";
import type { EntryStore } from "./entry-store.ts";

/** Tables that grow one by one, so that no single allocate waits for all entries to be filed anew. */
const SEGMENT_BITS = 8;
const SEGMENT_SHIFT = 32 - SEGMENT_BITS;
const SLOTS_MIN = 16;

/** Finds entries by (kind, owner, device, id): open addressing with linear probing, at most half full. */
export class EntryIndex {
  readonly #store: EntryStore;
  /** Slots hold an entry's number + 1; 0 is empty. */
  readonly #segments: Int32Array[] = [];
  readonly #counts = new Int32Array(1 << SEGMENT_BITS);

  constructor(store: EntryStore) {
    this.#store = store;
    for (let segment = 0; segment < 1 << SEGMENT_BITS; segment += 1) this.#segments.push(new Int32Array(SLOTS_MIN));
  }

  /** The entry of a key, or -1. `hash` is the key's `hashKey`. */
  find(hash: number, kind: number, owner: number, device: number, idLow: number, idHigh: number): number {
    const slots = this.#segments[hash >>> SEGMENT_SHIFT] as Int32Array;
    const mask = slots.length - 1;
    const store = this.#store;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[slot] as number) - 1;
      if (entry < 0) return -1;
      const words = store.words(entry);
      const at = store.at(entry);
      if (
        words[at + Field.idLow] === idLow &&
        words[at + Field.idHigh] === idHigh &&
        words[at + Field.device] === device &&
        words[at + Field.owner] === owner &&
        kindOf(words[at + Field.kindAndType] as number) === kind
      ) {
        return entry;
      }
    }
  }

  insert(hash: number, entry: number): void {
    const segment = hash >>> SEGMENT_SHIFT;
    const count = (this.#counts[segment] as number) + 1;
    this.#counts[segment] = count;
    let slots = this.#segments[segment] as Int32Array;
    if (count * 2 > slots.length) {
      slots = this.#enlarged(slots);
      this.#segments[segment] = slots;
    }
    place(slots, hash, entry);
  }

  /** Takes an entry that is in the index out of it. */
  remove(entry: number): void {
    const hash = this.#hashOf(entry);
    const segment = hash >>> SEGMENT_SHIFT;
    this.#counts[segment] = (this.#counts[segment] as number) - 1;
    const slots = this.#segments[segment] as Int32Array;
    const mask = slots.length - 1;
    let hole = hash & mask;
    while (slots[hole] !== entry + 1) hole = (hole + 1) & mask;
    // What was put behind the hole because its place was taken moves up, or it would not be found any more.
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hashOf((slots[slot] as number) - 1) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot] as number;
      hole = slot;
    }
    slots[hole] = 0;
  }

  #enlarged(slots: Int32Array): Int32Array {
    const larger = new Int32Array(slots.length * 2);
    for (const filed of slots) {
      if (filed !== 0) place(larger, this.#hashOf(filed - 1), filed - 1);
    }
    return larger;
  }

  #hashOf(entry: number): number {
    const words = this.#store.words(entry);
    const at = this.#store.at(entry);
    return hashKey(
      kindOf(words[at + Field.kindAndType] as number),
      words[at + Field.owner] as number,
      words[at + Field.device] as number,
      words[at + Field.idLow] as number,
      words[at + Field.idHigh] as number,
    );
  }
}

function place(slots: Int32Array, hash: number, entry: number): void {
  const mask = slots.length - 1;
  let slot = hash & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = entry + 1;
}

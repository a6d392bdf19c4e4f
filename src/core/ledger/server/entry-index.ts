import * as bufferEntry from "./buffer-entry.ts";
import type { EntryStore } from "./entry-store.ts";

// Constants of its own, for speed: docs/architecture.md, "The allocation server".
const { Field, hashKey, isSpace, keySpace } = bufferEntry;

const SLOT_WORDS = 2;
/** Words of a table. One that is full is split: filing its 6,144 entries anew takes some 40 us. */
const TABLE_WORDS = 8_192 * SLOT_WORDS;
/** Tables of which an eighth or less is filled become one with their neighbour: what grew in a flood is given back. */
const MERGE_BELOW = 8;
/** Tables are not split any further than into 2^14, enough for 100 million entries, but grow. */
const DEPTH_MAX = 14;

/**
 * A part of the index: open addressing with linear probing, at most three quarters full. A slot is two words: the hash
 * of a key, so that entries of other keys are not touched (a cache miss is some 80 ns), and the entry's number + 1, 0
 * for none.
 */
class Table {
  readonly slots: Int32Array;
  /** Entries in it. */
  count = 0;
  /** High bits of the hash that all entries in it have in common. */
  readonly depth: number;

  constructor(depth: number, words: number) {
    this.depth = depth;
    this.slots = new Int32Array(words);
  }

  /** Files an entry that is not in it. */
  file(hash: number, filed: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = (hash << 1) & mask;
    while (slots[slot + 1] !== 0) slot = (slot + SLOT_WORDS) & mask;
    slots[slot] = hash;
    slots[slot + 1] = filed;
    this.count += 1;
  }
}

/**
 * Finds entries by (space, owner, id): extendible hashing, which grows table by table, so that no single allocate waits
 * for all entries to be filed anew.
 */
export class EntryIndex {
  readonly #store: EntryStore;
  /** By the high bits of a hash; a table that is split less deep than others is there more than once. */
  #tables: Table[] = [new Table(1, TABLE_WORDS), new Table(1, TABLE_WORDS)];
  /** Slots of the tables, where they are found without a look at the table: 2 ns of a message. */
  #slots: Int32Array[] = this.#tables.map(({ slots }) => slots);
  #depth = 1;
  #shift = 31;

  constructor(store: EntryStore) {
    this.#store = store;
  }

  /** Tables that entries are filed in. */
  get tables(): number {
    return new Set(this.#tables).size;
  }

  /** The entry of a key, or -1. `hash` is the key's `hashKey`. */
  find(hash: number, space: number, owner: number, idHigh: number): number {
    const slots = this.#slots[hash >>> this.#shift] as Int32Array;
    const mask = slots.length - 1;
    for (let slot = (hash << 1) & mask; ; slot = (slot + SLOT_WORDS) & mask) {
      const filed = slots[slot + 1] as number;
      if (filed === 0) return -1;
      if (slots[slot] !== hash) continue;
      const words = this.#store.words(filed - 1);
      const at = this.#store.at(filed - 1);
      // With the same hash and all else of the key, the low half of the id is the same too, see `hashKey`.
      if (
        words[at + Field.idHigh] === idHigh &&
        words[at + Field.owner] === owner &&
        isSpace(words[at + Field.place] as number, space)
      ) {
        return filed - 1;
      }
    }
  }

  /** Files an entry whose key is not in the index. */
  add(hash: number, entry: number): void {
    const table = this.#tables[hash >>> this.#shift] as Table;
    table.file(hash, entry + 1);
    if (table.count * SLOT_WORDS * 4 > table.slots.length * 3) this.#makeRoom(table, hash);
  }

  /** Takes an entry that is in the index out of it. */
  remove(entry: number): void {
    const hash = this.#hashOf(entry);
    const table = this.#tables[hash >>> this.#shift] as Table;
    table.count -= 1;
    const { slots } = table;
    const mask = slots.length - 1;
    let hole = (hash << 1) & mask;
    while (slots[hole + 1] !== entry + 1) hole = (hole + SLOT_WORDS) & mask;
    // What was put behind the hole because its place was taken moves up, or it would not be found any more.
    for (let slot = (hole + SLOT_WORDS) & mask; slots[slot + 1] !== 0; slot = (slot + SLOT_WORDS) & mask) {
      const filed = slots[slot] as number;
      if (((slot - (filed << 1)) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = filed;
      slots[hole + 1] = slots[slot + 1] as number;
      hole = slot;
    }
    slots[hole + 1] = 0;
    if (table.count * SLOT_WORDS * MERGE_BELOW < TABLE_WORDS && table.depth > 1) this.#merge(table, hash);
  }

  /** Puts one table in place of two that were split from one, where both hold little. */
  #merge(table: Table, hash: number): void {
    const bit = 1 << (32 - table.depth);
    const other = this.#tables[(hash ^ bit) >>> this.#shift] as Table;
    if (other.depth !== table.depth || other.count * SLOT_WORDS * MERGE_BELOW >= TABLE_WORDS) return;
    const merged = new Table(table.depth - 1, TABLE_WORDS);
    for (const each of [table, other]) refile(each.slots, 0, merged, merged);
    this.#put(merged, hash);
  }

  #hashOf(entry: number): number {
    const words = this.#store.words(entry);
    const at = this.#store.at(entry);
    return hashKey(
      keySpace(words[at + Field.place] as number),
      words[at + Field.owner] as number,
      words[at + Field.idLow] as number,
      words[at + Field.idHigh] as number,
    );
  }

  #makeRoom(table: Table, hash: number): void {
    if (table.depth < DEPTH_MAX) {
      this.#split(table, hash);
    } else {
      const larger = new Table(table.depth, table.slots.length * 2);
      refile(table.slots, 0, larger, larger);
      this.#put(larger, hash);
    }
  }

  /** Puts two tables in place of one, by one more bit of the hash. */
  #split(table: Table, hash: number): void {
    if (table.depth === this.#depth) {
      this.#tables = this.#tables.flatMap((each) => [each, each]);
      this.#slots = this.#tables.map(({ slots }) => slots);
      this.#depth += 1;
      this.#shift -= 1;
    }
    const bit = 1 << (32 - table.depth - 1);
    const low = new Table(table.depth + 1, TABLE_WORDS);
    const high = new Table(table.depth + 1, TABLE_WORDS);
    refile(table.slots, bit, low, high);
    this.#put(low, hash & ~bit);
    this.#put(high, hash | bit);
  }

  /** Puts a table wherever hashes lead that have as many high bits in common with `hash` as the table is deep. */
  #put(table: Table, hash: number): void {
    const span = 1 << (this.#depth - table.depth);
    const first = (hash >>> this.#shift) & -span;
    this.#tables.fill(table, first, first + span);
    this.#slots.fill(table.slots, first, first + span);
  }
}

/** Files all entries into `high` where their hash has `bit`, else into `low`. */
function refile(slots: Int32Array, bit: number, low: Table, high: Table): void {
  for (let slot = 0; slot < slots.length; slot += SLOT_WORDS) {
    const filed = slots[slot + 1] as number;
    if (filed === 0) continue;
    const hash = slots[slot] as number;
    ((hash & bit) === 0 ? low : high).file(hash, filed);
  }
}

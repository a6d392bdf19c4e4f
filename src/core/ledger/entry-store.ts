import * as bufferEntry from "./buffer-entry.ts";

// V8 folds a module's own constants into its code, and loads imported ones anew for every use.
const { ENTRY_WORDS, Field, UNUSED } = bufferEntry;

const CHUNK_BITS = 14;
const CHUNK_ENTRIES = 1 << CHUNK_BITS;
const IN_CHUNK = CHUNK_ENTRIES - 1;
const NONE = -1;

/** The entries at one instant; what is booked afterwards does not change it. */
export interface Snapshot {
  readonly chunks: readonly Int32Array[];
  /** Lets the store write in place again. The snapshot is not read after that. */
  release(): void;
}

/** Entries in chunks of a MiB, so that growing never copies and a snapshot copies only what is written after it. */
export class EntryStore {
  readonly #chunks: Int32Array[] = [];
  readonly #isShared: boolean[] = [];
  #snapshots = 0;
  #used = 0;
  #freeHead = NONE;

  /** Words of the chunk that an entry is in, to read. */
  words(entry: number): Int32Array {
    return this.#chunks[entry >>> CHUNK_BITS] as Int32Array;
  }

  /** Words of the chunk that an entry is in, to write. */
  writable(entry: number): Int32Array {
    const chunk = entry >>> CHUNK_BITS;
    if (this.#snapshots !== 0) this.#own(chunk);
    return this.#chunks[chunk] as Int32Array;
  }

  /** Where the entry begins in its chunk. */
  at(entry: number): number {
    return (entry & IN_CHUNK) * ENTRY_WORDS;
  }

  /** An entry to fill; what is in it is left over. */
  take(): number {
    const entry = this.#freeHead;
    if (entry !== NONE) {
      this.#freeHead = this.words(entry)[this.at(entry)] as number;
      return entry;
    }
    if (this.#used === this.#chunks.length << CHUNK_BITS) {
      this.#chunks.push(new Int32Array(CHUNK_ENTRIES * ENTRY_WORDS));
      this.#isShared.push(false);
    }
    this.#used += 1;
    return this.#used - 1;
  }

  give(entry: number): void {
    const words = this.writable(entry);
    const at = this.at(entry);
    words[at + Field.place] = UNUSED;
    words[at + Field.refCount] = 0;
    words[at] = this.#freeHead;
    this.#freeHead = entry;
  }

  /** Entries ever taken: every entry in use has a smaller number. */
  get extent(): number {
    return this.#used;
  }

  snapshot(): Snapshot {
    this.#snapshots += 1;
    this.#isShared.fill(true);
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      this.#snapshots -= 1;
      if (this.#snapshots === 0) this.#isShared.fill(false);
    };
    return { chunks: [...this.#chunks], release };
  }

  /** Leaves a chunk that a snapshot has to the snapshot, and goes on with a copy. */
  #own(chunk: number): void {
    if (!this.#isShared[chunk]) return;
    this.#chunks[chunk] = (this.#chunks[chunk] as Int32Array).slice();
    this.#isShared[chunk] = false;
  }
}

import * as bufferEntry from "./buffer-entry.ts";

// Constants of its own, for speed: docs/architecture.md, "The allocation server".
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

/** Stands wherever no entry of a chunk is in use. Never written. */
const VACANT = vacantChunk();

/**
 * Entries in chunks of a MiB, so that growing never copies and a snapshot copies only what is written after it. A chunk
 * of which no entry is in use any more is given back.
 */
export class EntryStore {
  readonly #chunks: Int32Array[] = [];
  readonly #isShared: boolean[] = [];
  /** By chunk: the first of its entries that were given back, and how many of its entries are in use. */
  readonly #freeHeads: number[] = [];
  readonly #counts: number[] = [];
  /** Chunks that have room, each once; the last one is filled first. */
  readonly #roomy: number[] = [];
  /** Given back last: a buffer that comes and goes must not cost a chunk each time. */
  #spare: Int32Array | null = null;
  #snapshots = 0;
  #inUse = 0;

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
    const last = this.#roomy.length - 1;
    const chunk = last < 0 ? this.#addChunk() : (this.#roomy[last] as number);
    if (this.#counts[chunk] === 0) this.#occupy(chunk);
    const entry = this.#freeHeads[chunk] as number;
    this.#freeHeads[chunk] = this.words(entry)[this.at(entry)] as number;
    const count = (this.#counts[chunk] as number) + 1;
    this.#counts[chunk] = count;
    if (count === CHUNK_ENTRIES) this.#roomy.pop();
    this.#inUse += 1;
    return entry;
  }

  give(entry: number): void {
    const chunk = entry >>> CHUNK_BITS;
    const words = this.writable(entry);
    const at = this.at(entry);
    words[at + Field.place] = UNUSED;
    words[at + Field.refCount] = 0;
    words[at] = this.#freeHeads[chunk] as number;
    this.#freeHeads[chunk] = entry;
    const count = (this.#counts[chunk] as number) - 1;
    this.#counts[chunk] = count;
    this.#inUse -= 1;
    if (count === CHUNK_ENTRIES - 1) this.#roomy.push(chunk);
    if (count === 0) this.#vacate(chunk);
  }

  /** Every entry in use has a smaller number. */
  get extent(): number {
    return this.#chunks.length << CHUNK_BITS;
  }

  /** Entries in use. */
  get inUse(): number {
    return this.#inUse;
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

  /** A place for a chunk, the last one with room. */
  #addChunk(): number {
    const chunk = this.#chunks.length;
    this.#chunks.push(VACANT);
    this.#isShared.push(false);
    this.#freeHeads.push(NONE);
    this.#counts.push(0);
    this.#roomy.push(chunk);
    return chunk;
  }

  /** Gives a chunk of which nothing is in use words of its own, all of them free in ascending order. */
  #occupy(chunk: number): void {
    const words = this.#spare ?? new Int32Array(CHUNK_ENTRIES * ENTRY_WORDS);
    this.#spare = null;
    words.set(VACANT);
    const first = chunk << CHUNK_BITS;
    for (let index = 0; index < CHUNK_ENTRIES - 1; index += 1) words[index * ENTRY_WORDS] = first + index + 1;
    words[(CHUNK_ENTRIES - 1) * ENTRY_WORDS] = NONE;
    this.#chunks[chunk] = words;
    this.#isShared[chunk] = false;
    this.#freeHeads[chunk] = first;
  }

  #vacate(chunk: number): void {
    // What a snapshot has is the snapshot's.
    if (!this.#isShared[chunk]) this.#spare ??= this.#chunks[chunk] as Int32Array;
    this.#chunks[chunk] = VACANT;
    this.#isShared[chunk] = false;
  }

  /** Leaves a chunk that a snapshot has to the snapshot, and goes on with a copy. */
  #own(chunk: number): void {
    if (!this.#isShared[chunk]) return;
    this.#chunks[chunk] = (this.#chunks[chunk] as Int32Array).slice();
    this.#isShared[chunk] = false;
  }
}

function vacantChunk(): Int32Array {
  const words = new Int32Array(CHUNK_ENTRIES * ENTRY_WORDS);
  for (let index = 0; index < CHUNK_ENTRIES; index += 1) words[index * ENTRY_WORDS + Field.place] = UNUSED;
  return words;
}

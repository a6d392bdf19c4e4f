import * as bufferEntry from "./buffer-entry.ts";

// Constants of its own, for speed: docs/architecture.md, "The allocation server".
const { Field } = bufferEntry;

/** Freed buffers that are remembered, to know a second free of them. A power of two. */
export const REMEMBERED_MAX = 4_096;
const NONE = -1;

/** The entries that were freed last, in order of death; the oldest makes room for a new one. */
export class RememberedFrees {
  readonly #entries = new Int32Array(REMEMBERED_MAX).fill(NONE);
  #next = 0;

  /** Remembers an entry that was freed just now. Gives the entry that makes room for it, or -1. */
  remember(entry: number, words: Int32Array, at: number): number {
    const place = this.#next;
    const oldest = this.#entries[place] as number;
    this.#entries[place] = entry;
    this.#next = (place + 1) & (REMEMBERED_MAX - 1);
    words[at + Field.birthLow] = place;
    return oldest;
  }

  /** Forgets that an entry was freed: it lives again, or its process ended. Its place stays empty until its turn. */
  forget(words: Int32Array, at: number): void {
    this.#entries[words[at + Field.birthLow] as number] = NONE;
  }
}

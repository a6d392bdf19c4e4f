import type { TracedBirth } from "../books.ts";
import * as bufferEntry from "./buffer-entry.ts";

// Constants of its own, for speed: docs/architecture.md, "The allocation server".
const { Field } = bufferEntry;

/** Largest buffer that is believed: 1 TiB, eight times the memory of the largest host of a board. */
export const SIZE_BYTES_MAX = 2 ** 40;
const SIZE_HIGH_MAX = SIZE_BYTES_MAX / 2 ** 32;

/** Whether a size, in halves, is more than SIZE_BYTES_MAX. */
export function isTooLarge(sizeLow: number, sizeHigh: number): boolean {
  return sizeHigh >>> 0 >= SIZE_HIGH_MAX && (sizeHigh !== SIZE_HIGH_MAX || sizeLow !== 0);
}

/** An entry at `at` to which nothing has happened. */
export function writeNew(
  words: Int32Array,
  at: number,
  space: number,
  owner: number,
  idLow: number,
  idHigh: number,
): void {
  words[at + Field.idLow] = idLow;
  words[at + Field.idHigh] = idHigh;
  words[at + Field.owner] = owner;
  words[at + Field.place] = space;
  words[at + Field.refCount] = 0;
  words[at + Field.lastEvent] = 0;
  words[at + Field.allocs] = 0;
  words[at + Field.frees] = 0;
}

/** `births`: number of the allocation among all. */
export function writeBirth(words: Int32Array, at: number, births: number): void {
  words[at + Field.birthLow] = births | 0;
  words[at + Field.birthHigh] = (births / 2 ** 32) | 0;
}

/** In the entry's second cache line, so only where it is read: of kernels. */
export function writeBornMs(words: Int32Array, at: number, atMs: number): void {
  words[at + Field.bornMsLow] = atMs | 0;
  words[at + Field.bornMsHigh] = (atMs / 2 ** 32) | 0;
}

/** What only a tracer knows. */
export function writeTraced(words: Int32Array, at: number, birth: TracedBirth): void {
  words[at + Field.refCount] = 1;
  words[at + Field.requestedLow] = birth.requestedLow;
  words[at + Field.requestedHigh] = birth.requestedHigh;
  words[at + Field.site] = birth.site;
  words[at + Field.context] = birth.context;
}

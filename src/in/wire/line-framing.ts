import { WireError } from "./wire-error.ts";

/** Longest line in bytes, the newline included. Plugins split what is longer; docs/formats.md states it. */
export const LINE_BYTES_MAX = 262_144;

const NEWLINE = 0x0a;

/** One line without its newline, and where it began in the stream. */
export interface Line {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/** First room for a line that came in pieces, in bytes; it doubles. */
const ROOM_BYTES = 4_096;

/**
 * Splits one byte stream into lines, however the stream was cut into chunks.
 *
 * Holds at most one unfinished line, in one piece: a line that comes byte by byte takes no more than its length. A
 * line's bytes are good until the next `push`, or the caller reuses the chunk.
 */
export class LineFraming {
  readonly #lineBytesMax: number;
  #unfinished: Buffer | null = null;
  #unfinishedBytes = 0;
  #offset = 0;

  constructor(lineBytesMax: number = LINE_BYTES_MAX) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** Bytes of the line whose newline has not come yet. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes;
  }

  /** Yields the lines that `chunk` completes. Throws WireError as soon as a line is known to be over the limit. */
  *push(chunk: Uint8Array): Generator<Line, void, void> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#checkLength(end - from + 1);
      yield this.#finish(chunk.subarray(from, end));
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  #finish(tail: Uint8Array): Line {
    const bytes = this.#unfinished === null ? tail : this.#append(tail);
    const line = { bytes, offset: this.#offset };
    this.#offset += bytes.length + 1;
    this.#unfinished = null;
    this.#unfinishedBytes = 0;
    return line;
  }

  #keep(tail: Uint8Array): void {
    if (tail.length === 0) return;
    // One more byte, the newline, is still to come.
    this.#checkLength(tail.length + 1);
    this.#append(tail);
  }

  /** Gives all there is of the line. */
  #append(tail: Uint8Array): Uint8Array {
    const length = this.#unfinishedBytes + tail.length;
    const room = this.#roomFor(length);
    room.set(tail, this.#unfinishedBytes);
    this.#unfinishedBytes = length;
    return room.subarray(0, length);
  }

  #roomFor(length: number): Buffer {
    const before = this.#unfinished;
    if (before !== null && before.length >= length) return before;
    const room = Buffer.allocUnsafeSlow(Math.max(ROOM_BYTES, 2 ** Math.ceil(Math.log2(length))));
    before?.copy(room, 0, 0, this.#unfinishedBytes);
    this.#unfinished = room;
    return room;
  }

  #checkLength(more: number): void {
    const length = this.#unfinishedBytes + more;
    if (length > this.#lineBytesMax) {
      throw new WireError(`a line of ${length} bytes or more, longer than ${this.#lineBytesMax} bytes`, this.#offset);
    }
  }
}

import { WireError } from "./wire-error.ts";

/** Longest line in bytes, the newline included. Plugins split what is longer; docs/formats.md states it. */
export const LINE_BYTES_MAX = 262_144;

const NEWLINE = 0x0a;

/** One line without its newline, and where it began in the stream. */
export interface Line {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/**
 * Splits one byte stream into lines, however the stream was cut into chunks.
 *
 * Holds at most one unfinished line. A line's bytes are a view of the chunk it came in where it came in one chunk, so
 * they are good until the caller reuses that chunk.
 */
export class LineFraming {
  #unfinished: Uint8Array[] = [];
  #unfinishedBytes = 0;
  #offset = 0;

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
    const bytes = this.#unfinishedBytes === 0 ? tail : Buffer.concat([...this.#unfinished, tail]);
    const line = { bytes, offset: this.#offset };
    this.#offset += bytes.length + 1;
    this.#unfinished = [];
    this.#unfinishedBytes = 0;
    return line;
  }

  #keep(tail: Uint8Array): void {
    if (tail.length === 0) return;
    // One more byte, the newline, is still to come.
    this.#checkLength(tail.length + 1);
    this.#unfinished.push(Uint8Array.from(tail));
    this.#unfinishedBytes += tail.length;
  }

  #checkLength(more: number): void {
    const length = this.#unfinishedBytes + more;
    if (length > LINE_BYTES_MAX) {
      throw new WireError(`a line of ${length} bytes or more, longer than ${LINE_BYTES_MAX} bytes`, this.#offset);
    }
  }
}

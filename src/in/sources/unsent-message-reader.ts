import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

/** What a plugin has not sent yet: a part of its stream, and where in the stream that begins, in bytes. */
export interface Unsent {
  readonly begin: number;
  readonly bytes: Uint8Array;
}

/** Begin and length, 64 bits each; then the bytes. docs/formats.md has the format. */
const HEADER_BYTES = 16;
const [BEGIN_AT, LENGTH_AT] = [0, 8];

/** Bytes of a file; plugins have 64 KiB and the header. */
const FILE_BYTES_MAX = 1 << 20;

/** As the plugin makes it. It is not a path: the file lies in the run's own folder. */
const NAME = /^\d+-[0-9a-f]+\.unsent$/;

/** Reads the messages that a plugin holds in memory, in a file that it shares; the plugin goes on writing meanwhile. */
export class UnsentReader implements Disposable {
  readonly #descriptor: number;
  readonly #capacity: number;
  readonly #header = Buffer.alloc(HEADER_BYTES);

  /** null where there is no such file, or it is not one of a plugin's. */
  static open(folder: string, name: string): UnsentReader | null {
    if (!NAME.test(name)) return null;
    let descriptor: number;
    try {
      // Without waiting: what is named may be a pipe that nobody writes to.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      descriptor = openSync(join(folder, name), flags);
    } catch {
      return null;
    }
    const file = fstatSync(descriptor);
    if (file.isFile() && file.size > HEADER_BYTES && file.size <= FILE_BYTES_MAX) {
      return new UnsentReader(descriptor, file.size - HEADER_BYTES);
    }
    closeSync(descriptor);
    return null;
  }

  private constructor(descriptor: number, capacity: number) {
    this.#descriptor = descriptor;
    this.#capacity = capacity;
  }

  /** What there is beyond `heard` bytes of the stream; null where there is nothing, or it is being sent just now. */
  readBeyond(heard: number): Unsent | null {
    const { begin, length } = this.#readHeader();
    if (begin + length <= heard || length > this.#capacity) return null;
    const bytes = Buffer.alloc(length);
    const read = readSync(this.#descriptor, bytes, 0, length, HEADER_BYTES);
    // What was sent meanwhile made room for other messages.
    return read === length && this.#readHeader().begin === begin ? { begin, bytes } : null;
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #readHeader(): { begin: number; length: number } {
    const read = readSync(this.#descriptor, this.#header, 0, HEADER_BYTES, 0);
    if (read < HEADER_BYTES) return { begin: 0, length: 0 };
    const [begin, length] = [this.#header.readBigUInt64LE(BEGIN_AT), this.#header.readBigUInt64LE(LENGTH_AT)];
    return { begin: Number(begin), length: Number(length) };
  }
}

import { closeSync, openSync } from "node:fs";
import sonicBoom from "sonic-boom";

/** Output that may wait for whoever reads it, in bytes; what comes then is dropped and counted. */
export const WAITING_BYTES_MAX = 67_108_864;
/** Collected before it is written, in bytes. */
const COLLECTED_BYTES = 8_192;
const FLUSH_EVERY_MS = 50;

/**
 * Writes lines to a descriptor or file without ever waiting for it: a full disk or a reader that has stopped costs lines,
 * which are counted, and nothing else.
 */
export class LineWriter {
  readonly #stream: sonicBoom.SonicBoom;
  readonly #ownFd: number | null;
  readonly #timer: NodeJS.Timeout;
  #lost = 0;
  #failure: string | null = null;

  /** `file`: a path, or 1 for the standard output. `onFailure` hears of the first failure only. Throws if it cannot be opened. */
  constructor(file: string | 1, onFailure: (message: string) => void) {
    const fd = file === 1 ? 1 : openSync(file, "a", 0o600);
    this.#ownFd = file === 1 ? null : fd;
    this.#stream = new sonicBoom.SonicBoom({
      fd,
      sync: false,
      minLength: COLLECTED_BYTES,
      maxLength: WAITING_BYTES_MAX,
    });
    this.#stream.on("drop", () => {
      this.#lost += 1;
    });
    this.#stream.on("error", (error: Error) => {
      if (this.#failure === null) onFailure(error.message);
      this.#failure = error.message;
    });
    this.#timer = setInterval(() => this.#flush(), FLUSH_EVERY_MS);
    this.#timer.unref();
  }

  /** Texts that could not be written. */
  get lost(): number {
    return this.#lost;
  }

  write(text: string): void {
    if (text === "") return;
    if (this.#failure === null) this.#stream.write(text);
    else this.#lost += 1;
  }

  /** Writes what waits, as far as it can be, and closes a file. */
  end(): void {
    clearInterval(this.#timer);
    if (this.#failure === null) {
      try {
        this.#stream.flushSync();
      } catch {
        // The reader is gone; the first failure has been told.
      }
    }
    if (this.#ownFd !== null) closeSync(this.#ownFd);
  }

  #flush(): void {
    if (this.#failure === null) this.#stream.flush();
  }
}

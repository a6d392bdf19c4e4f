/** Nothing is shown of what is done in less. */
const SHOWN_AFTER_MS = 1_000;
const SHOWN_EVERY_MS = 250;

const ERASE_LINE = "\r\x1b[K";

/** How far something is that takes over a second, on a line of a terminal; nothing where there is none. */
export class Progress implements Disposable {
  readonly #stream: Pick<NodeJS.WriteStream, "isTTY" | "write">;
  readonly #what: string;
  readonly #nowMs: () => number;
  #nextMs: number;
  #isShown = false;

  /** `what` is done, such as "exporting". */
  constructor(stream: Pick<NodeJS.WriteStream, "isTTY" | "write">, what: string, nowMs = () => performance.now()) {
    this.#stream = stream;
    this.#what = what;
    this.#nowMs = nowMs;
    this.#nextMs = nowMs() + SHOWN_AFTER_MS;
  }

  /** `part`: from 0 to 1. To be told as often as is convenient. */
  reached(part: number): void {
    if (!this.#stream.isTTY || this.#nowMs() < this.#nextMs) return;
    this.#nextMs = this.#nowMs() + SHOWN_EVERY_MS;
    this.#isShown = true;
    this.#stream.write(`${ERASE_LINE}tt-memwatch: ${this.#what}, ${Math.floor(part * 100)} %`);
  }

  /** Takes the line away, for something else to be printed there. */
  clear(): void {
    if (this.#isShown) this.#stream.write(ERASE_LINE);
    this.#isShown = false;
  }

  [Symbol.dispose](): void {
    this.clear();
  }
}

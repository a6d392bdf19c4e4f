import { constants, openSync } from "node:fs";
import sonicBoom from "sonic-boom";

/** Output that may wait for whoever reads it, in bytes; what comes then is dropped and counted. */
export const WAITING_BYTES_MAX = 67_108_864;
/** Collected before it is written, in characters. */
const COLLECTED_CHARACTERS = 8_192;
const FLUSH_EVERY_MS = 50;
/** Time that a reader has to take what waits when the program ends. */
const END_WITHIN_MS = 1_000;

const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;

/** Texts that are written in one go. */
interface Batch {
  readonly bytes: number;
  readonly texts: number;
}

/**
 * Writes lines to a descriptor or file without ever waiting for it: a full disk or a reader that has stopped costs lines,
 * which are counted, and nothing else.
 */
export class LineWriter {
  readonly #stream: sonicBoom.SonicBoom;
  readonly #timer: NodeJS.Timeout;
  readonly #onFailure: (message: string) => void;
  #collected = "";
  #collectedTexts = 0;
  /** Handed to the stream and not written yet, oldest first. */
  readonly #waiting: Batch[] = [];
  #waitingBytes = 0;
  /** Of the oldest that waits. */
  #writtenBytes = 0;
  #lost = 0;
  #isFailed = false;
  #isPatient = true;

  /** `file`: a path, or 1 or 2 for the standard or error output. `onFailure` hears of the first failure only. Throws if it cannot be opened. */
  constructor(file: string | 1 | 2, onFailure: (message: string) => void) {
    this.#onFailure = onFailure;
    // A pipe with a name is a file too: it must not keep the program waiting for a reader.
    const fd = typeof file === "number" ? file : openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600);
    const retryEAGAIN = (): boolean => this.#isPatient;
    this.#stream = new sonicBoom.SonicBoom({ fd, sync: false, maxLength: WAITING_BYTES_MAX, retryEAGAIN });
    this.#stream.on("write", (byteCount: number) => this.#written(byteCount));
    this.#stream.on("error", (error: Error) => this.#fail(error));
    this.#timer = setInterval(() => this.#flush(), FLUSH_EVERY_MS);
    this.#timer.unref();
  }

  /** Texts that could not be written. */
  get lost(): number {
    return this.#lost;
  }

  write(text: string): void {
    if (text === "") return;
    if (this.#isFailed) {
      this.#lost += 1;
      return;
    }
    this.#collected += text;
    this.#collectedTexts += 1;
    if (this.#collected.length >= COLLECTED_CHARACTERS) this.#flush();
  }

  /** Writes what waits, as far as its reader takes it within a second, and closes a file. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#flush();
    if (this.#isFailed) return this.#stream.destroy();
    const ended = Promise.withResolvers<void>();
    this.#stream.once("close", ended.resolve);
    this.#stream.once("error", () => ended.resolve());
    const patience = setTimeout(() => {
      this.#isPatient = false;
    }, END_WITHIN_MS);
    this.#stream.end();
    await ended.promise;
    clearTimeout(patience);
    if (this.#isFailed) this.#stream.destroy();
  }

  #flush(): void {
    if (this.#collectedTexts === 0) return;
    const [text, texts] = [this.#collected, this.#collectedTexts];
    this.#collected = "";
    this.#collectedTexts = 0;
    const bytes = Buffer.byteLength(text);
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      this.#lost += texts;
      return;
    }
    this.#waiting.push({ bytes, texts });
    this.#waitingBytes += bytes;
    this.#stream.write(text);
  }

  #written(byteCount: number): void {
    this.#waitingBytes -= byteCount;
    this.#writtenBytes += byteCount;
    for (;;) {
      const [oldest] = this.#waiting;
      if (oldest === undefined || oldest.bytes > this.#writtenBytes) return;
      this.#writtenBytes -= oldest.bytes;
      this.#waiting.shift();
    }
  }

  #fail(error: Error): void {
    this.#lost += this.#waiting.reduce((sum, { texts }) => sum + texts, this.#collectedTexts);
    this.#waiting.length = 0;
    this.#collectedTexts = 0;
    const isFirst = !this.#isFailed;
    this.#isFailed = true;
    if (isFirst && this.#isPatient) this.#onFailure(error.message);
  }
}

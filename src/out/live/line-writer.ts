import { fstatSync, ftruncateSync } from "node:fs";
import sonicBoom from "sonic-boom";
import { openFile } from "../../files/open-outside-file.ts";

/** Output that may wait for whoever reads it, in bytes; what comes then is dropped and counted. */
export const WAITING_BYTES_MAX = 67_108_864;
/** Collected before it is written, in characters. */
const COLLECTED_CHARACTERS = 8_192;
const FLUSH_EVERY_MS = 50;
/** Time that a reader has to take what waits when the program ends. */
const END_WITHIN_MS = 1_000;

const OWNER_ONLY = 0o600;

/** Texts that are written in one go. */
interface Batch {
  readonly bytes: number;
  readonly texts: readonly string[];
}

/**
 * Writes lines to a descriptor or file without ever waiting for it: a full disk or a reader that has stopped costs lines,
 * which are counted, and nothing else.
 */
export class LineWriter {
  readonly #stream: sonicBoom.SonicBoom;
  readonly #timer: NodeJS.Timeout;
  readonly #onFailure: (message: string) => void;
  readonly #fd: number;
  /** Of a regular file when it was opened, in bytes. */
  readonly #sizeBefore: number;
  #collected: string[] = [];
  #collectedCharacters = 0;
  /** Handed to the stream and not written yet, oldest first. */
  readonly #waiting: Batch[] = [];
  #waitingBytes = 0;
  /** Of the oldest that waits, and of all. */
  #writtenBytes = 0;
  #allWrittenBytes = 0;
  #lost = 0;
  #isFailed = false;
  #isPatient = true;

  /** `file`: a path, or 1 or 2 for the standard or error output. `onFailure` hears of the first failure only. Throws if it cannot be opened. */
  constructor(file: string | 1 | 2, onFailure: (message: string) => void) {
    this.#onFailure = onFailure;
    const fd = typeof file === "number" ? file : openLines(file);
    this.#fd = fd;
    this.#sizeBefore = fstatSync(fd).size;
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
    this.#collected.push(text);
    this.#collectedCharacters += text.length;
    if (this.#collectedCharacters >= COLLECTED_CHARACTERS) this.#flush();
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
    if (this.#collected.length === 0) return;
    const texts = this.#collected;
    const text = texts.join("");
    this.#collected = [];
    this.#collectedCharacters = 0;
    const bytes = Buffer.byteLength(text);
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      this.#lost += texts.length;
      return;
    }
    this.#waiting.push({ bytes, texts });
    this.#waitingBytes += bytes;
    this.#stream.write(text);
  }

  #written(byteCount: number): void {
    this.#waitingBytes -= byteCount;
    this.#writtenBytes += byteCount;
    this.#allWrittenBytes += byteCount;
    for (;;) {
      const [oldest] = this.#waiting;
      if (oldest === undefined || oldest.bytes > this.#writtenBytes) return;
      this.#writtenBytes -= oldest.bytes;
      this.#waiting.shift();
    }
  }

  #fail(error: Error): void {
    const [oldest] = this.#waiting;
    const { whole, tornBytes } = oldest === undefined ? NOTHING : takenOf(oldest, this.#writtenBytes);
    this.#lost += this.#waiting.reduce((sum, { texts }) => sum + texts.length, this.#collected.length) - whole;
    this.#waiting.length = 0;
    this.#collected = [];
    this.#cutOff(tornBytes);
    const isFirst = !this.#isFailed;
    this.#isFailed = true;
    if (isFirst && this.#isPatient) this.#onFailure(error.message);
  }

  /** A part of a line is none: takes it off a file that holds what was written here and nothing after it. */
  #cutOff(tornBytes: number): void {
    const found = fstatSync(this.#fd);
    const isOurs = found.isFile() && found.size === this.#sizeBefore + this.#allWrittenBytes;
    if (tornBytes > 0 && isOurs) ftruncateSync(this.#fd, found.size - tornBytes);
  }
}

const NOTHING = { whole: 0, tornBytes: 0 } as const;

/** How many texts of a batch its first bytes are, and what is left over of one more. */
function takenOf({ texts }: Batch, writtenBytes: number): { readonly whole: number; readonly tornBytes: number } {
  let tornBytes = writtenBytes;
  for (const [whole, text] of texts.entries()) {
    const bytes = Buffer.byteLength(text);
    if (bytes > tornBytes) return { whole, tornBytes };
    tornBytes -= bytes;
  }
  return { whole: texts.length, tornBytes };
}

/** A pipe with a name is a file too: it must not keep the program waiting for a reader. */
function openLines(path: string): number {
  return openFile(path, {
    access: "append",
    kinds: ["regular file", "pipe", "device"],
    links: "own",
    mode: OWNER_ONLY,
  });
}

import { close, write } from "node:fs";

/** Bytes that may wait to be written: what a disk takes in a second or so. */
const QUEUE_BYTES_MAX = 67_108_864;

/** Time that what waits has to be written once nothing more comes. */
const END_WITHIN_MS = 10_000;

/** Writes to a file without ever being waited for. After the first error nothing more is written. */
export class WriteQueue {
  readonly #file: number;
  readonly #bytesMax: number;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #error: Error | null = null;
  #onIdle: (() => void) | null = null;

  /** The descriptor is closed by `end`. `bytesMax` is a limit for tests. */
  constructor(file: number, bytesMax = QUEUE_BYTES_MAX) {
    this.#file = file;
    this.#bytesMax = bytesMax;
  }

  /** Whether the disk does not follow: what is pushed all the same waits beyond the limit. */
  get isFull(): boolean {
    return this.#waitingBytes > this.#bytesMax;
  }

  /** Why nothing is written any more; null: it is. */
  get error(): Error | null {
    return this.#error;
  }

  /** The bytes belong to the queue from here on. */
  push(bytes: Uint8Array): void {
    if (this.#error !== null) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    if (!this.#isWriting) this.#writeNext(0);
  }

  /** Waits until all is written, or cannot be, and closes the file. */
  async end(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    const limit = setTimeout(() => {
      this.#fail(new Error(`the disk did not take it within ${END_WITHIN_MS / 1000} s`));
      resolve();
    }, END_WITHIN_MS);
    if (!this.#isWriting) resolve();
    await promise;
    clearTimeout(limit);
    await new Promise<void>((closed) =>
      close(this.#file, (error) => {
        if (error) this.#fail(error);
        closed();
      }),
    );
  }

  /** A write may take a part of what it is given. */
  #writeNext(written: number): void {
    const [bytes] = this.#waiting;
    this.#isWriting = bytes !== undefined;
    if (bytes === undefined) this.#onIdle?.();
    else write(this.#file, bytes, written, null, null, (error, count) => this.#wrote(bytes, written + count, error));
  }

  #wrote(bytes: Uint8Array, written: number, error: Error | null): void {
    if (this.#error !== null) return;
    if (error !== null) this.#fail(error);
    else if (written < bytes.byteLength) this.#writeNext(written);
    else {
      this.#waitingBytes -= bytes.byteLength;
      this.#waiting.shift();
      this.#writeNext(0);
    }
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#isWriting = false;
    this.#onIdle?.();
  }
}

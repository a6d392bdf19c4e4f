import { SAME_SIGNAL_WITHIN_MS } from "../pass-signals.ts";

/** Interrupts (Ctrl-C) after which the command is not left to end by itself any more. */
const INTERRUPTS_MAX = 2;

/**
 * Keeps signals from ending us before the report is written, and says by `signal` when the user interrupted again.
 * Passing signals on to the command is not done here.
 */
export class InterruptWatch implements Disposable {
  readonly #abort = new AbortController();
  #interrupts = 0;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #isEnding = false;

  constructor() {
    process.on("SIGINT", this.#count);
    process.on("SIGTERM", this.#end);
    process.on("SIGHUP", this.#end);
  }

  /** Aborted at the second interrupt. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether any signal asked for an end: nothing is to be started any more. */
  get isInterrupted(): boolean {
    return this.#isEnding || this.#interrupts > 0;
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#count);
    process.off("SIGTERM", this.#end);
    process.off("SIGHUP", this.#end);
  }

  readonly #count = (): void => {
    const nowMs = performance.now();
    if (nowMs - this.#lastAtMs < SAME_SIGNAL_WITHIN_MS) return;
    this.#lastAtMs = nowMs;
    this.#interrupts += 1;
    if (this.#interrupts >= INTERRUPTS_MAX) this.#abort.abort();
  };

  readonly #end = (): void => {
    this.#isEnding = true;
  };
}

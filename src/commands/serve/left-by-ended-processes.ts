import type { EndedProcess } from "../../core/model/server-view.ts";

/** Ended processes that are listed individually. */
export const ENDED_LISTED_MAX = 1_000;

/** Whether one that ended is worth a word. */
export function leftSomething({ buffers, cbs, kernels }: EndedProcess): boolean {
  return buffers + cbs + kernels > 0;
}

/** What processes left that ended, oldest first; the newest are kept. */
export class EndedProcesses {
  readonly #kept: EndedProcess[] = [];
  #count = 0;

  /** Those that left something, since the start. */
  get count(): number {
    return this.#count;
  }

  get kept(): number {
    return this.#kept.length;
  }

  add(ended: readonly EndedProcess[]): void {
    this.#count += ended.length;
    this.#kept.push(...ended);
    this.#kept.splice(0, Math.max(0, this.#kept.length - ENDED_LISTED_MAX));
  }

  /** All that are kept without the first `before` of all. */
  since(before: number): readonly EndedProcess[] {
    return this.#kept.slice(Math.max(0, this.#kept.length - (this.#count - before)));
  }

  forget(): void {
    this.#kept.length = 0;
  }
}

/** Contexts that are remembered of a process: tests, and times between tests. The oldest are forgotten first. */
export const TEST_NAMES_MAX = 100_000;

/** Characters of the names of tests that are remembered of a process: 50,000 names of 160. */
export const TEST_NAMES_CHARACTERS_MAX = 8_000_000;

/** Which test ran in which contexts of a traced process: a context belongs to what began last before it. */
export class TestNames {
  /** Ascending. */
  readonly #begins: number[] = [];
  readonly #tests: (string | null)[] = [];
  #characters = 0;

  /** `test`: null where none runs. A context that is not a later one is left out. */
  begin(context: number, test: string | null): void {
    const newest = this.#begins.at(-1);
    if (newest !== undefined && context <= newest) return;
    if (this.#begins.length >= TEST_NAMES_MAX) this.#forgetHalf();
    this.#begins.push(context);
    this.#tests.push(test);
    this.#characters += test?.length ?? 0;
    while (this.#characters > TEST_NAMES_CHARACTERS_MAX) this.#forgetHalf();
  }

  /** The test that runs, as far as it is known; null: none does. */
  get newest(): string | null {
    return this.#tests.at(-1) ?? null;
  }

  /** The test of a context; null where none ran, or it is not known. */
  of(context: number): string | null {
    let [from, to] = [0, this.#begins.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#begins[middle] as number) <= context) from = middle + 1;
      else to = middle;
    }
    return from === 0 ? null : (this.#tests[from - 1] ?? null);
  }

  /** The older half: one by one they would all be moved each time. */
  #forgetHalf(): void {
    const amount = Math.ceil(this.#begins.length / 2);
    this.#begins.splice(0, amount);
    for (const test of this.#tests.splice(0, amount)) this.#characters -= test?.length ?? 0;
  }
}

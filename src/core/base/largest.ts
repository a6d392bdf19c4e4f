/** Keeps the largest of what it is given, in one pass: of equal ones those that came first. */
export class Largest<Thing> {
  readonly #max: number;
  readonly #kept: { readonly thing: Thing; readonly sizeBytes: number }[] = [];

  /** `max`: how many are kept; at least 1. */
  constructor(max: number) {
    this.#max = max;
  }

  add(thing: Thing, sizeBytes: number): void {
    const kept = this.#kept;
    if (kept.length >= this.#max && sizeBytes <= (kept.at(-1)?.sizeBytes ?? 0)) return;
    const place = kept.findLastIndex((each) => each.sizeBytes >= sizeBytes) + 1;
    kept.splice(place, 0, { thing, sizeBytes });
    if (kept.length > this.#max) kept.pop();
  }

  /** Largest first. */
  all(): readonly { readonly thing: Thing; readonly sizeBytes: number }[] {
    return this.#kept;
  }
}

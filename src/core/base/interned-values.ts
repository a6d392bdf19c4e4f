/** Values of which equal ones are kept once: what many tests have in common is made anew for each of them. */
export class InternedValues<T> {
  readonly #byText = new Map<string, T>();

  /** The first value that was given and is the same as JSON. Nobody changes it afterwards. */
  of(value: T): T {
    const text = JSON.stringify(value);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    this.#byText.set(text, value);
    return value;
  }
}

/** How much of each pixel of a few rows has which colour: for what is narrower than a pixel, and would else hide what is beside it. */
export class PixelShares {
  readonly #width: number;
  readonly #rows: number;
  /** Of each colour a share for each pixel, row by row. */
  readonly #shares = new Map<string, Float32Array>();

  /** `width`: of a row, in pixels. */
  constructor(width: number, rows: number) {
    this.#width = width;
    this.#rows = rows;
  }

  /** Something from `x` on, in pixels. */
  add(colour: string, row: number, x: number, width: number): void {
    const shares = this.#shares.get(colour) ?? new Float32Array(this.#width * this.#rows);
    this.#shares.set(colour, shares);
    const end = Math.min(x + width, this.#width);
    for (let pixel = Math.floor(x); pixel < end; pixel++) {
      const at = row * this.#width + pixel;
      shares[at] = (shares[at] ?? 0) + Math.min(pixel + 1, end) - Math.max(pixel, x);
    }
  }

  /** Of each colour each pixel that has some of it. */
  each(visit: (colour: string, row: number, x: number, share: number) => void): void {
    for (const [colour, shares] of this.#shares) {
      for (let at = 0; at < shares.length; at++) {
        const share = shares[at] ?? 0;
        if (share > 0) visit(colour, Math.floor(at / this.#width), at % this.#width, Math.min(share, 1));
      }
    }
  }
}

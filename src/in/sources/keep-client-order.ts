interface ClientTurnsOptions {
  /** Does what waited. */
  readonly goOn: (work: () => void) => void;
  /** All that waited was done. */
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Keeps the order of what a client sent, where something in it takes more than the turn it came in. */
export class ClientOrder {
  readonly #options: ClientTurnsOptions;
  /** What waits; null while nothing takes longer. */
  #held: (() => void)[] | null = null;

  constructor(options: ClientTurnsOptions) {
    this.#options = options;
  }

  get isHeld(): boolean {
    return this.#held !== null;
  }

  /** Does it now, or when what was asked before has been done. */
  take(work: () => void): void {
    if (this.#held === null) work();
    else this.#held.push(work);
  }

  /** What the client sent behind something that takes more than this turn waits until that is done. */
  holdFor(work: Promise<void> | undefined): void {
    if (work === undefined) return;
    this.#held = [];
    work.then(
      () => this.#options.goOn(() => this.#release()),
      (error: unknown) => this.#options.failed(error),
    );
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const [index, work] of held.entries()) {
      work();
      if (this.#held === null) continue;
      // It takes more than this turn as well: the rest waits for it.
      (this.#held as (() => void)[]).push(...held.slice(index + 1));
      return;
    }
    this.#options.done();
  }
}

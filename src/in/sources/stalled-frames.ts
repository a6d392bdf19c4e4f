/** Time until bytes that could be a whole frame are taken for one. */
const SETTLE_AFTER_MS = 20;
/** Time until a frame that does not go on is given up. */
const EXPIRE_AFTER_MS = 1_000;

/** A client of which more may have to come: the rest of a frame, or what tells where one ends. */
export interface FrameSender {
  readonly isWaiting: boolean;
  /** Nothing more came for a moment: what is there is all there is. */
  settle(): void;
  /** Nothing more came for long. */
  expire(): void;
}

/** Clients that stopped in the middle of a frame: each is told when to wait no longer. */
export class StalledFrames<Sender extends FrameSender> implements Disposable {
  readonly #guard: (work: () => void) => void;
  readonly #clock: () => number;
  /** When each of them was last heard. */
  readonly #heardMs = new Map<Sender, number>();
  /** Runs while a client waits: a server that nobody talks to does nothing. */
  #timer: NodeJS.Timeout | null = null;

  /** `guard` takes what goes wrong when time is up. `clock` gives milliseconds. */
  constructor(guard: (work: () => void) => void, clock: () => number) {
    this.#guard = guard;
    this.#clock = clock;
  }

  /** Something of the client was read just now. */
  heard(sender: Sender, nowMs: number): void {
    if (!sender.isWaiting) {
      if (this.#heardMs.size > 0) this.#heardMs.delete(sender);
      return;
    }
    this.#heardMs.set(sender, nowMs);
    this.#timer ??= setInterval(() => this.#guard(() => this.#giveUp()), SETTLE_AFTER_MS).unref();
  }

  forget(sender: Sender): void {
    this.#heardMs.delete(sender);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer ?? undefined);
  }

  #giveUp(): void {
    const nowMs = this.#clock();
    for (const [sender, heardMs] of this.#heardMs) {
      if (nowMs - heardMs > SETTLE_AFTER_MS) sender.settle();
      if (!sender.isWaiting) this.#heardMs.delete(sender);
      else if (nowMs - heardMs > EXPIRE_AFTER_MS) sender.expire();
    }
    if (this.#heardMs.size > 0) return;
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
  }
}

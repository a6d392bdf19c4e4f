import type { BlockOrder, OrderStep } from "../../core/model/recording.ts";

/** What was dropped since the last block that was written. */
export class DroppedSums {
  #events = 0;
  #records = new Map<number, number>();

  get isEmpty(): boolean {
    return this.#events === 0 && this.#records.size === 0;
  }

  /** Records that the engine had lost itself are lost for the reader as well. */
  add(steps: readonly OrderStep[]): void {
    for (const step of steps) {
      if (step[0] === "events" || step[0] === "messages" || step[0] === "server") this.#events += step[1];
      else this.#records.set(step[1], (this.#records.get(step[1]) ?? 0) + step[2]);
    }
  }

  take(): BlockOrder["dropped"] {
    if (this.isEmpty) return null;
    const dropped = { events: this.#events, records: [...this.#records] };
    this.#events = 0;
    this.#records = new Map();
    return dropped;
  }
}

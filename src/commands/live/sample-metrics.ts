import type { MetricFamily } from "../../core/model/metric.ts";
import type { Faults } from "../own-faults.ts";

/** Time between two samples, at least; and that many times as long as the last one took, which is 1 % of a core. */
const SAMPLE_EVERY_MS = 1_000;
const PAUSE_TIMES = 100;

type Listener = (families: readonly MetricFamily[]) => void | Promise<void>;

/** Takes samples by a clock of its own, and hands them on. */
export class MetricsSampler {
  readonly #faults: Faults;
  readonly #take: () => readonly MetricFamily[];
  readonly #listeners: Listener[] = [];

  constructor(faults: Faults, take: () => readonly MetricFamily[]) {
    this.#faults = faults;
    this.#take = take;
  }

  onSample(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** Until it is disposed of, and a last time then; or until a fault, which would come again each time. */
  start(): AsyncDisposable {
    let timer: NodeJS.Timeout | null = null;
    let isOver = false;
    const next = async (): Promise<void> => {
      const startMs = performance.now();
      const isTaken = await this.#sample();
      const tookMs = performance.now() - startMs;
      isOver ||= !isTaken;
      timer = isOver ? null : setTimeout(next, Math.max(SAMPLE_EVERY_MS, PAUSE_TIMES * tookMs)).unref();
    };
    void next();
    return {
      [Symbol.asyncDispose]: async () => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer ?? undefined);
        await this.#sample();
      },
    };
  }

  async #sample(): Promise<boolean> {
    const done = await this.#faults.guardAsync("sampling metrics", async () => {
      const families = this.#take();
      for (const listener of this.#listeners) await listener(families);
      return true;
    });
    return done ?? false;
  }
}

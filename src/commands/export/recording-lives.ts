import { type LifeListener, LifeReporter } from "../../core/ledger/timeline/life-reporter.ts";
import { RunLives } from "../../core/ledger/timeline/run-lives.ts";
import type { Recorded } from "../../core/model/recording.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import type { RecordingStep } from "../../in/recording/recording-step.ts";
import { pidOfRing } from "../../in/sources/ring-folder.ts";
import { RecordedRings } from "../replay/recorded-rings.ts";
import type { TimeLimit } from "../replay/time-limit.ts";

/** The lives of the buffers of a recording, reported as its steps are taken. */
export class RecordingLives {
  readonly #told: LifeReporter;
  readonly lives: RunLives;
  readonly #rings: RecordedRings;
  readonly #limit: TimeLimit | null;

  /** `limit`: up to when it is taken; null: all of it is. */
  constructor({ startedNs }: Recorded, limit: TimeLimit | null, listener: LifeListener) {
    this.#told = new LifeReporter(listener);
    this.lives = new RunLives(startedNs, this.#told);
    this.#rings = new RecordedRings((path) => this.lives.ring(path, pidOfRing(path)), limit);
    this.#limit = limit;
  }

  /** Allocations so far. */
  get births(): number {
    return this.#told.births;
  }

  take(step: RecordingStep): void {
    if (step.kind !== "event") this.#rings.take(step);
    else if (this.#limit === null || this.#limit.takes(step.event)) this.lives.apply(step.event);
  }

  /** Tells of what is live at the end. */
  end(): void {
    this.lives.settle();
    this.#told.reportLive();
  }

  /** The Python stacks that a ring's process has named so far, by number. */
  stacks(path: string): ReadonlyMap<number, readonly StackFrame[]> {
    return this.#rings.stacks(path);
  }
}

import { count } from "../../core/base/count.ts";
import { formatDuration } from "../../core/base/duration.ts";
import type { Trial } from "../../core/model/bisection.ts";

/** Runs some earlier tests and then the test; says what that showed of it. */
export type RunAfter = (earlier: readonly string[]) => Promise<Trial["result"]>;

/** No more runs: as many as are allowed were made, or the user interrupted. */
export class NoMoreTrials extends Error {}

interface Limits {
  readonly runsMax: number;
  readonly isInterrupted: () => boolean;
  /** Tells of each run. */
  readonly say: (line: string) => void;
}

/** The runs of a command with some of its tests: each is made once, counted and reported. */
export class Trials {
  readonly #limits: Limits;
  readonly #run: RunAfter;
  readonly #known = new Map<string, boolean>();
  readonly #trials: Trial[];
  #best: readonly string[];

  /** `whole`: the run of the whole command, in which the test failed after `earlier`. */
  constructor(whole: Trial, earlier: readonly string[], run: RunAfter, limits: Limits) {
    this.#trials = [whole];
    this.#best = earlier;
    this.#run = run;
    this.#limits = limits;
  }

  get trials(): readonly Trial[] {
    return this.#trials;
  }

  /** The smallest set after which the test is known to fail. */
  get best(): readonly string[] {
    return this.#best;
  }

  /** @throws NoMoreTrials */
  readonly failsAfter = async (earlier: readonly string[]): Promise<boolean> => {
    const key = JSON.stringify(earlier);
    const fails = this.#known.get(key) ?? (await this.#try(earlier)) === "fails";
    this.#known.set(key, fails);
    if (fails && earlier.length < this.#best.length) this.#best = earlier;
    return fails;
  };

  async #try(earlier: readonly string[]): Promise<Trial["result"]> {
    const { runsMax, isInterrupted, say } = this.#limits;
    if (isInterrupted() || this.#trials.length >= runsMax) throw new NoMoreTrials();
    const startMs = performance.now();
    const result = await this.#run(earlier);
    // What was running then did not run to its end.
    if (isInterrupted()) throw new NoMoreTrials();
    const trial = { tests: earlier.length, result, durationMs: Math.round(performance.now() - startMs) };
    this.#trials.push(trial);
    say(`run ${this.#trials.length}, of ${runsMax} at most: ${trialText(trial)}`);
    return result;
  }
}

/** "after 2 earlier tests the test fails (1.2 s)". */
function trialText({ tests, result, durationMs }: Trial): string {
  const when = tests === 0 ? "alone" : `after ${count(tests, "earlier test")}`;
  return `${when} the test ${result === "unresolved" ? "did not run" : result} (${formatDuration(durationMs)})`;
}

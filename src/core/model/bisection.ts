/**
 * Why a test fails, as far as earlier tests are concerned.
 *
 * - `found`: it fails after the culprits, and after no fewer of them
 * - `alone`: it fails with no test before it
 * - `not-reproduced`: it failed in the whole run, and passed when all earlier tests and it were run again
 * - `passed`: it passed in the whole run
 * - `unfinished`: it fails after the culprits, and perhaps after fewer of them: there was no time to find out
 */
type BisectionKind = "found" | "alone" | "not-reproduced" | "passed" | "unfinished";

/** One run of the command, or of a part of its tests. */
export interface Trial {
  /** How many earlier tests ran before the test. */
  readonly tests: number;
  /** `unresolved`: the test did not run. */
  readonly result: "fails" | "passes" | "unresolved";
  readonly durationMs: number;
}

/** What running parts of a suite showed of one test that fails. */
export interface Bisection {
  /** pytest's node id. */
  readonly test: string;
  readonly kind: BisectionKind;
  /** The earlier tests that it takes, in the order in which they ran: node ids. Empty unless `found` or `unfinished`. */
  readonly culprits: readonly string[];
  /** How many tests had run before it in its process. */
  readonly earlier: number;
  /** In the order in which they were run; the first is the whole command. */
  readonly trials: readonly Trial[];
  /** Runs the culprits and the test, to be pasted; null: there is nothing to reproduce. */
  readonly reproduce: readonly string[] | null;
}

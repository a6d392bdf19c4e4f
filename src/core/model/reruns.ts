import type { GrowthRate } from "./growth-rate.ts";

/**
 * How what the runs left develops once the first, the warm-up, is left out.
 *
 * - `grows`: every run left more than the one before, or they grow steadily, with noise or in steps
 * - `steady`: all left the same
 * - `varies`: neither
 * - `unknown`: fewer than two runs are there to compare
 */
export type Trend = "grows" | "steady" | "varies" | "unknown";

/** What each run of the command left in one memory. */
export interface RerunMemory {
  /** `tests`: still held when the devices were last measured. `server`: live on the allocation server. `at-exit`: reported to it and never freed by a process that ended. */
  readonly source: "tests" | "server" | "at-exit";
  /** null for `at-exit`, which is over all devices. */
  readonly device: number | null;
  readonly memoryType: string | null;
  /** One number for each run, the warm-up first. */
  readonly sizeBytes: readonly number[];
  readonly trend: Trend;
  /** By how much it grows with each run, the warm-up left out; null: fewer than two are there to compare. */
  readonly growsBy: GrowthRate | null;
}

/** What running the whole command several times showed. */
export interface Reruns {
  /** Runs that are compared, the warm-up included: not those that a signal or a crash cut short. */
  readonly runs: number;
  readonly memory: readonly RerunMemory[];
  /** Tests that left something in every run after the warm-up. */
  readonly inEveryRun: readonly string[];
  /** Tests that left something in the warm-up and in no run after it. */
  readonly onlyInWarmUp: readonly string[];
}

import type { Check } from "./check.ts";
import type { Facts } from "./read-facts.ts";

/** What watching cost in the short clean tests, in milliseconds a test: of each round. */
export interface Cost {
  readonly bareMs: readonly number[];
  readonly watchedMs: readonly number[];
}

/** All that a self-test found out. */
export interface SelftestOutcome {
  readonly engine: string;
  readonly facts: Facts;
  /** Name of the mock device; null: there was a board. */
  readonly mock: string | null;
  readonly isSlowDispatch: boolean;
  readonly checks: readonly Check[];
  /** The suite once more without the tracer, where something was wrong; null: nothing was. */
  readonly withoutTracer: readonly Check[] | null;
  readonly lists: { readonly compared: number; readonly equal: number };
  /** A sentence for each hook that is not in place. */
  readonly missingHooks: readonly string[];
  readonly cost: Cost;
  readonly build: BuildFate;
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

/**
 * What became of the build. `listed`: its version is one of the tested ones; `remembered`: it is traced from now on;
 * `forgotten`: it was remembered and is not any more; `not-remembered`: neither.
 */
export type BuildFate = "listed" | "remembered" | "forgotten" | "not-remembered";

export function isAllRight({ checks }: Pick<SelftestOutcome, "checks">): boolean {
  return checks.every(({ isRight }) => isRight);
}

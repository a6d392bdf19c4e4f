import type { Baseline } from "./baseline.ts";
import type { Suppressions } from "./suppression.ts";

/** What is known beside the marks of tests, as files say; null: none was named. */
export interface KnownFindings {
  readonly suppressions: Suppressions | null;
  readonly baseline: Baseline | null;
}

export const NOTHING_KNOWN: KnownFindings = { suppressions: null, baseline: null };

/** Who knows of it: the marker of its test, an entry of the suppressions, or a baseline that has it. */
export const KNOWN_BY = ["mark", "suppression", "baseline"] as const;

/** Why a finding that would fail does not. */
export interface Known {
  readonly by: (typeof KNOWN_BY)[number];
  readonly reason: string;
  /** Where to read more, such as the URL of an issue. */
  readonly ref: string | null;
}

/** How a finding stands to the baseline. `grew`: all findings of its signature together are more than there. */
export const BASELINE_STATES = ["new", "grew", "known"] as const;

export type BaselineState = (typeof BASELINE_STATES)[number];

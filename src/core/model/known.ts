/** Who knows of a finding: the marker of its test, an entry of the suppressions, or a baseline that has it. */
type KnownBy = "mark" | "suppression" | "baseline";

/** Why a finding that would fail does not. */
export interface Known {
  readonly by: KnownBy;
  readonly reason: string;
  /** Where more is written, such as the address of an issue. */
  readonly ref: string | null;
}

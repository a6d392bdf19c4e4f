/** One line of the summary every report for people has: what it is about, and what there is to say. */
export interface SummaryFact {
  readonly name: string;
  readonly text: string;
  /** Lines that belong to it; those that begin with spaces, to the one before. */
  readonly details?: readonly string[];
}

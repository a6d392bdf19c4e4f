import { stringify, TomlDate } from "smol-toml";
import { printable } from "../../../core/base/printable.ts";
import type { Leftover } from "../../../core/model/comparison.ts";
import { noteOf } from "./baseline-text.ts";

/** What is said of a suppression beside what it accepts. */
export interface SuppressionWords {
  /** A pattern of node ids; null: any. */
  readonly tests: string | null;
  readonly reason: string;
  readonly owner: string | null;
  readonly ref: string | null;
  /** YYYY-MM-DD. */
  readonly until: string | null;
}

/** What a new file of suppressions begins with. */
export const SUPPRESSIONS_HEAD = `# Findings that are accepted. tt-memwatch run and replay say how often each of these was used, and which of them no longer holds.
`;

/** An entry that accepts what was left, and no more than that, as it is added to a file of suppressions. */
export function suppressionText(leftover: Leftover, { tests, reason, owner, ref, until }: SuppressionWords): string {
  const { signature, sizeBytes, buffers } = leftover;
  const entry = {
    signature,
    ...(tests !== null && { tests }),
    reason,
    ...(owner !== null && { owner }),
    ...(ref !== null && { ref }),
    ...(sizeBytes > 0 && { max: sizeBytes }),
    ...(buffers > 0 && { "max-buffers": buffers }),
    ...(until !== null && { until: new TomlDate(until) }),
  };
  return `\n# ${printable(noteOf(leftover))}\n[[suppression]]\n${stringify(entry)}`;
}

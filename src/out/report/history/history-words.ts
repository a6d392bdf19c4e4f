import { printable } from "../../../core/base/printable.ts";
import type { FindingState, RunRef } from "../../../core/model/history.ts";

// Words that the lists of the history share. All of them are safe to print.

/** Characters of a commit that name it, as git shows them. */
const COMMIT_LENGTH = 9;

/** "2026-11-27 02:14": UTC, as in every report. */
export function timeOf(startedAt: string): string {
  return `${startedAt.slice(0, 10)} ${startedAt.slice(11, 16)}`;
}

export function commitOf(commit: string | null): string {
  return commit === null ? "" : printable(commit.slice(0, COMMIT_LENGTH));
}

/** "2026-11-27 at 4f0c9a1be". */
export function refOf({ startedAt, commit }: RunRef): string {
  return commit === null ? startedAt.slice(0, 10) : `${startedAt.slice(0, 10)} at ${commitOf(commit)}`;
}

export const STATE_WORDS: Readonly<Record<FindingState, string>> = {
  new: "new",
  "came-back": "came back",
  known: "known",
  fixed: "fixed",
};

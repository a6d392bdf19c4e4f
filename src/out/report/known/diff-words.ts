import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import { printable } from "../../../core/base/printable.ts";
import { BETWEEN_TESTS } from "../../../core/model/baseline.ts";
import { CHANGES, type Change, type ComparedLeftover, type Comparison } from "../../../core/model/comparison.ts";
import { placeOfLeftover } from "./leftovers-table.ts";

// The words for a comparison of two runs, the same in every format. All of it is safe to print.

/** What is reported of one leftover, a cell each. */
export interface DiffRow {
  readonly change: string;
  /** Empty: nothing. */
  readonly before: string;
  readonly after: string;
  readonly memory: string;
  readonly test: string;
  /** Where it was allocated, or else what holds it. */
  readonly origin: string;
}

export function diffRow(compared: ComparedLeftover): DiffRow {
  const { change, fails, before, after } = compared;
  const leftover = after ?? before;
  if (leftover === null) throw new Error("a comparison is of something that was left");
  const { test, memoryType } = leftover;
  return {
    change: fails ? `${CHANGE_WORDS[change]}, fails` : CHANGE_WORDS[change],
    before: before === null ? "" : formatBytes(before.sizeBytes),
    after: after === null ? "" : formatBytes(after.sizeBytes),
    memory: memoryType ?? "",
    test: printable(test ?? BETWEEN_TESTS),
    origin: placeOfLeftover(leftover),
  };
}

const CHANGE_WORDS: Readonly<Record<Change, string>> = {
  new: "new",
  grew: "grew",
  same: "same",
  shrank: "shrank",
  gone: "gone",
  "not-checked": "not checked",
};

/** "1 new (fails), 2 the same, 1 gone"; "nothing was left in either". */
export function diffSummary({ leftovers }: Comparison): string {
  const parts = CHANGES.flatMap((change) => {
    const ofChange = leftovers.filter((each) => each.change === change);
    const failing = ofChange.filter(({ fails }) => fails).length;
    const fail = failing === 0 ? "" : ` (${failing === ofChange.length ? fails(failing) : `${failing} of them fail`})`;
    return ofChange.length === 0 ? [] : [`${ofChange.length} ${SUMMARY_WORDS[change]}${fail}`];
  });
  return parts.length === 0 ? "neither run left anything" : parts.join(", ");
}

function fails(amount: number): string {
  return amount === 1 ? "fails" : "fail";
}

const SUMMARY_WORDS: Readonly<Record<Change, string>> = { ...CHANGE_WORDS, same: "the same" };

/** How many leftovers did not change, which most readers skip. */
export function sameSentence(amount: number): string {
  return `${count(amount, "other")} did not change: -v lists ${amount === 1 ? "it" : "them"}`;
}

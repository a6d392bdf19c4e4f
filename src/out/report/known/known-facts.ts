import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import { firstOf } from "../../../core/base/first-of.ts";
import { printable } from "../../../core/base/printable.ts";
import { type BaselineEntry, type BaselineReport, BETWEEN_TESTS } from "../../../core/model/baseline.ts";
import type { RunReport } from "../../../core/model/run-report.ts";
import type { SuppressionState, SuppressionsReport, SuppressionUse } from "../../../core/model/suppression.ts";
import { BASELINE_STATES } from "../../../core/model/why-known.ts";
import type { SummaryFact } from "../summary-fact.ts";

// How what is known was used in a run, for the summary. All of it is safe to print.

/** Lines about entries that are printed; --json has all. */
const LISTED_MAX = 20;

/** How often each suppression was used, and how the run stands to its baseline; nothing where neither was named. */
export function knownFacts({
  suppressions,
  baseline,
}: Pick<RunReport, "suppressions" | "baseline">): readonly SummaryFact[] {
  return [
    ...(baseline === null ? [] : [baselineFact(baseline)]),
    ...(suppressions === null ? [] : [suppressionsFact(suppressions)]),
  ];
}

function baselineFact({ name, entries, findings, gone, notChecked, withoutFile }: BaselineReport): SummaryFact {
  const states = BASELINE_STATES.flatMap((state) => (findings[state] === 0 ? [] : [`${findings[state]} ${state}`]));
  const parts = [
    ...(states.length === 0 ? ["no finding"] : states),
    ...(gone.length === 0 ? [] : [`${count(gone.length, "entry", "entries")} gone`]),
    ...(notChecked === 0 ? [] : [`${notChecked} not checked`]),
  ];
  const text = `${printable(name)}, ${count(entries, "entry", "entries")}: ${parts.join(", ")}`;
  const lost = withoutFile.map((entry) => entryText("no file", entry));
  return {
    name: "baseline",
    text,
    details: [...listed([...gone.map((entry) => entryText("gone", entry)), ...lost]), ...withoutFileHint(withoutFile)],
  };
}

function entryText(state: string, { test, sizeBytes, signature }: BaselineEntry): string {
  return `${state}   ${printable(test ?? BETWEEN_TESTS)}   ${formatBytes(sizeBytes)}   ${printable(signature)}`;
}

function withoutFileHint({ length }: readonly BaselineEntry[]): readonly string[] {
  if (length === 0) return [];
  return [
    `no file: the test's file was deleted, or renamed and not run; ${length === 1 ? "delete the entry" : "delete the entries"}, or run the new file`,
  ];
}

/** What a reader has to do something about comes first. */
const STATES: readonly SuppressionState[] = ["expired", "exceeded", "unused", "used", "not-checked"];

const STATE_WORDS: Readonly<Record<SuppressionState, string>> = {
  expired: "expired",
  exceeded: "exceeded",
  unused: "unused",
  used: "used",
  "not-checked": "not checked",
};

function suppressionsFact({ file, entries }: SuppressionsReport): SummaryFact {
  const inOrder = entries.toSorted((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state));
  const amounts = STATES.flatMap((state) => {
    const amount = entries.filter((entry) => entry.state === state).length;
    return amount === 0 ? [] : [`${amount} ${STATE_WORDS[state]}`];
  });
  const text = `${printable(file)}: ${amounts.length === 0 ? "none" : amounts.join(", ")}`;
  const told = inOrder.filter(({ state }) => state !== "not-checked");
  return { name: "suppressions", text, details: listed(told.map(useText)) };
}

/** "used       2 findings, 48.0 KB   line 3: the rope table is shared (models-team, until 2026-03-31)". */
function useText({ state, findings, sizeBytes, line, reason, owner, until }: SuppressionUse): string {
  const amount = findings === 0 ? "no finding" : `${count(findings, "finding")}, ${formatBytes(sizeBytes)}`;
  const who = [owner, until === null ? null : `until ${until}`].filter((part) => part !== null).join(", ");
  const place = line === null ? "" : `line ${line}: `;
  return `${state.padEnd(8)}   ${amount}   ${place}${printable(reason)}${who === "" ? "" : ` (${printable(who)})`}`;
}

function listed(lines: readonly string[]): readonly string[] {
  const shown = firstOf(lines, LISTED_MAX);
  const more = lines.length - shown.length;
  return more === 0 ? shown : [...shown, `and ${more} more: --json FILE has all`];
}

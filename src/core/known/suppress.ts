import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import type { Finding } from "../model/finding.ts";
import { isLeftBehind } from "../model/left-behind.ts";
import type { TestReport } from "../model/run-report.ts";
import type { Suppression, SuppressionState, Suppressions, SuppressionUse } from "../model/suppression.ts";
import { amountOf } from "./leftover.ts";
import { coversFinding, isForTest } from "./suppression-match.ts";
import { unusedFinding } from "./unused-suppression.ts";

/** What decides whether suppressions hold, beside what was found. */
export interface Circumstances {
  readonly tests: readonly Pick<TestReport, "test" | "state">[];
  /** YYYY-MM-DD. */
  readonly today: string;
  /** Whether what is out of date fails. */
  readonly failsStale: boolean;
}

export interface Suppressed {
  readonly findings: readonly Finding[];
  readonly uses: readonly SuppressionUse[];
}

/**
 * Findings that a suppression matches are known and do not fail, unless they are more than it allows or its last day has
 * passed: then they say so. A suppression that matches nothing is a finding itself.
 */
export function suppress(
  findings: readonly Finding[],
  suppressions: Suppressions,
  circumstances: Circumstances,
): Suppressed {
  const { file, entries } = suppressions;
  const matches = matchesOf(findings, entries, circumstances.today);
  const uses = entries.map((entry) => useOf(entry, matches.get(entry) ?? [], circumstances));
  const told = new Map(
    entries.flatMap((entry, index) => {
      const use = uses[index];
      return use === undefined ? [] : (matches.get(entry) ?? []).map((finding) => [finding, use] as const);
    }),
  );
  const judged = findings.map((finding) => {
    const use = told.get(finding);
    return use === undefined ? finding : toldFinding(finding, use, file, circumstances.failsStale);
  });
  const unused = uses
    .filter(({ state, findings }) => state === "unused" || (state === "expired" && findings === 0))
    .map((use) => unusedFinding(use, suppressions, circumstances.failsStale));
  return { findings: [...judged, ...unused], uses };
}

/** Each finding is the first suppression's that matches it and still holds, else the first one's that held. */
function matchesOf(
  findings: readonly Finding[],
  entries: readonly Suppression[],
  today: string,
): ReadonlyMap<Suppression, readonly Finding[]> {
  const valid = entries.filter((entry) => !isExpired(entry, today));
  const inOrder = [...valid, ...entries.filter((entry) => isExpired(entry, today))];
  const matches = new Map<Suppression, Finding[]>();
  for (const finding of findings.filter((each) => isLeftBehind(each) && each.known === null)) {
    const entry = inOrder.find((each) => coversFinding(each, finding));
    if (entry === undefined) continue;
    const others = matches.get(entry) ?? [];
    matches.set(entry, others);
    others.push(finding);
  }
  return matches;
}

function isExpired({ until }: Suppression, today: string): boolean {
  return until !== null && until < today;
}

function useOf(entry: Suppression, matched: readonly Finding[], circumstances: Circumstances): SuppressionUse {
  const amount = amountOf(matched);
  return { ...entry, ...amount, state: stateOf(entry, amount, circumstances) };
}

function stateOf(
  entry: Suppression,
  { findings, sizeBytes, buffers }: Pick<SuppressionUse, "findings" | "sizeBytes" | "buffers">,
  { tests, today }: Circumstances,
): SuppressionState {
  if (isExpired(entry, today)) return "expired";
  if (sizeBytes > (entry.maxBytes ?? Infinity) || buffers > (entry.maxBuffers ?? Infinity)) return "exceeded";
  if (findings > 0) return "used";
  const isChecked = tests.some(({ test, state }) => state === "checked" && isForTest(entry, test));
  return isChecked ? "unused" : "not-checked";
}

function toldFinding(finding: Finding, use: SuppressionUse, file: string, failsStale: boolean): Finding {
  const { state, reason, ref } = use;
  if (state === "used") return { ...finding, fails: false, known: { by: "suppression", reason, ref } };
  const why = `The suppression ${placeOf(use, file)} ${state === "expired" ? endedText(use) : exceededText(use)}.`;
  return { ...finding, fails: finding.fails || failsStale, evidence: `${finding.evidence} ${why}` };
}

function placeOf({ line }: Suppression, file: string): string {
  return line === null ? `in ${file}` : `at ${file}:${line}`;
}

function endedText({ until }: Suppression): string {
  return `held until ${until}`;
}

function exceededText({ maxBytes, maxBuffers, sizeBytes, buffers }: SuppressionUse): string {
  const allowed = [
    ...(maxBytes === null ? [] : [formatBytes(maxBytes)]),
    ...(maxBuffers === null ? [] : [count(maxBuffers, "buffer")]),
  ];
  return `allows ${allowed.join(" in ")}, and what it matches has ${formatBytes(sizeBytes)} in ${count(buffers, "buffer")}`;
}

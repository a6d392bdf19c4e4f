import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import type { Finding } from "../model/finding.ts";
import { isLeftBehind, showsWhatIsGone } from "../model/left-behind.ts";
import type { Suppression, SuppressionState, Suppressions, SuppressionUse } from "../model/suppression.ts";
import { amountOf } from "./leftover.ts";
import { isFixtureSignature } from "./leftover-owner.ts";
import { type RanTest, testsRun } from "./ran-tests.ts";
import { matcherOf, type SuppressionMatcher } from "./suppression-match.ts";
import { unusedFinding } from "./unused-suppression.ts";

/** What decides whether suppressions hold, beside what was found. */
export interface Circumstances {
  readonly tests: readonly RanTest[];
  /** Whether a file, relative to pytest's root directory, is known to be no more. */
  readonly isFileGone: (file: string) => boolean;
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
export function applySuppressions(
  findings: readonly Finding[],
  suppressions: Suppressions,
  circumstances: Circumstances,
): Suppressed {
  const { file, entries } = suppressions;
  const { files } = testsRun(circumstances.tests);
  const isFileGone = (file: string): boolean => !files.has(file) && circumstances.isFileGone(file);
  const matchers = entries.map((entry) => matcherOf(entry, isFileGone));
  const claimed = claims(findings, matchers, circumstances.today);
  const used = matchers.map((matcher) => {
    const matched = claimed.get(matcher) ?? [];
    const isUnused = matched.length === 0 && isChecked(matcher, circumstances.tests);
    // What another suppression was asked for first is there all the same.
    const isGone = isUnused && !findings.some((finding) => isLeftBehind(finding) && matcher.covers(finding));
    return { matched, isGone, use: useOf(matcher.entry, matched, isUnused, circumstances.today) };
  });
  const told = new Map(used.flatMap(({ matched, use }) => matched.map((finding) => [finding, use] as const)));
  const judged = findings.map((finding) => {
    const use = told.get(finding);
    return use === undefined ? finding : markedFinding(finding, use, file, circumstances.failsStale);
  });
  const gone = used.filter(({ isGone }) => isGone);
  const unused = gone.map(({ use }) => unusedFinding(use, suppressions, circumstances.failsStale));
  return { findings: [...judged, ...unused], uses: used.map(({ use }) => use) };
}

/** Each finding is the first suppression's that matches it and still holds, else the first one's that held. */
function claims(
  findings: readonly Finding[],
  matchers: readonly SuppressionMatcher[],
  today: string,
): ReadonlyMap<SuppressionMatcher, readonly Finding[]> {
  const inOrder = matchers.toSorted((a, b) => Number(isExpired(a.entry, today)) - Number(isExpired(b.entry, today)));
  const claimed = new Map<SuppressionMatcher, Finding[]>();
  for (const finding of findings.filter((each) => isLeftBehind(each) && each.known === null)) {
    const matcher = inOrder.find(({ covers }) => covers(finding));
    if (matcher === undefined) continue;
    const others = claimed.get(matcher) ?? [];
    claimed.set(matcher, others);
    others.push(finding);
  }
  return claimed;
}

function isExpired({ until }: Suppression, today: string): boolean {
  return until !== null && until < today;
}

/**
 * Whether a test that it is for was checked, so that what it matches would have been found. What a wider fixture left shows only
 * once it has ended.
 */
function isChecked({ entry, isForTest }: SuppressionMatcher, tests: Circumstances["tests"]): boolean {
  const isOfFixture = isFixtureSignature(entry.signature ?? "");
  return tests.some((test) => {
    return showsWhatIsGone(test) && isForTest(test.test) && !(isOfFixture && test.endedMidway === true);
  });
}

function useOf(entry: Suppression, matched: readonly Finding[], isUnused: boolean, today: string): SuppressionUse {
  const amount = amountOf(matched);
  return { ...entry, ...amount, state: stateOf(entry, amount, today) ?? (isUnused ? "unused" : "not-checked") };
}

/** null: it matches nothing. */
function stateOf(
  entry: Suppression,
  { findings, sizeBytes, buffers }: Pick<SuppressionUse, "findings" | "sizeBytes" | "buffers">,
  today: string,
): SuppressionState | null {
  if (isExpired(entry, today)) return "expired";
  if (sizeBytes > (entry.maxBytes ?? Infinity) || buffers > (entry.maxBuffers ?? Infinity)) return "exceeded";
  return findings > 0 ? "used" : null;
}

function markedFinding(finding: Finding, use: SuppressionUse, file: string, failsStale: boolean): Finding {
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

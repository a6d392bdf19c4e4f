import type { Difference } from "./compare.ts";

/** A difference that is known and meant: what to read in the table about it, and the text without it. */
export interface Explanation {
  readonly name: string;
  readonly text: string;
  /** What is taken out of both sides; they are the same then where this is all there is to a difference. */
  readonly patterns: readonly RegExp[];
}

export const EXPLANATIONS: readonly Explanation[] = [
  {
    name: "cleanup-lines",
    text: "the lines that say what was cleaned after a test (docs/from-the-earlier-system.md)",
    patterns: [
      /^.*(CLEANUP: (Starting post-test cleanup|Running garbage collection|Clearing program cache|Requesting buffer dump).*|✓ (Program cache cleared|Post-test cleanup complete|Buffer dump requested).*)\n?/gm,
      // Their heading in what pytest prints, where no other line is below it.
      /^-+ Captured stderr teardown -+\n(?=[-=_])/gm,
    ],
  },
  {
    name: "fixture-name",
    text: "the name of our fixture where pytest lists those there are",
    patterns: [/clear_program_cache_after_test, /g],
  },
  {
    name: "marker",
    text: "our marker where pytest lists those there are",
    patterns: [/^@pytest\.mark\.memwatch\(.*\n\n/gm],
  },
  {
    name: "help",
    text: "our options in the help of pytest",
    patterns: [
      /\ndevice memory left behind by tests \(tt-memwatch\):\n(?: {2}.*\n)+/g,
      /^ {2}memwatch_\w+ .*\n(?: {10,}.*\n)*/gm,
    ],
  },
];

/** The names of what explains a difference; null for one that nobody knows. */
export function explain(difference: Difference): readonly string[] | null {
  const one = EXPLANATIONS.find((explanation) => isAllThereIs(difference, [explanation]));
  if (one !== undefined) return [one.name];
  if (!isAllThereIs(difference, EXPLANATIONS)) return null;
  return EXPLANATIONS.filter(({ patterns }) => patterns.some((pattern) => difference.with.search(pattern) >= 0)).map(
    ({ name }) => name,
  );
}

function isAllThereIs(difference: Difference, explanations: readonly Explanation[]): boolean {
  const patterns = explanations.flatMap((explanation) => explanation.patterns);
  const without = (text: string): string => patterns.reduce((rest, pattern) => rest.replace(pattern, ""), text).trim();
  return without(difference.with) === without(difference.without);
}

import type { Finding, Verdict } from "../../src/core/model/finding.ts";
import type { Judged } from "./judge-run.ts";
import type { Truth } from "./plot.ts";

/** How often a verdict was right, was given and wrong, and was not given where it was due. */
export interface Score {
  right: number;
  wrong: number;
  missed: number;
}

/** One difference between what was said and what was planted, for people. */
export interface Difference {
  readonly what: string;
  readonly said: string;
  readonly planted: string;
}

/** What fails a run for memory that was left. */
const LEFT: ReadonlySet<Verdict> = new Set(["leak", "suspect"]);

/** Adds up what was said of planted runs. */
export class Scores {
  readonly byVerdict = new Map<Verdict, Score>();
  /** `leak` and `suspect` together: which of the two it is does not count. */
  readonly left: Score = { right: 0, wrong: 0, missed: 0 };
  readonly differences: Difference[] = [];
  runs = 0;
  findings = 0;

  add(truths: readonly Truth[], { findings }: Judged): void {
    this.runs += 1;
    this.findings += findings.length;
    const due = new Set(truths.map(nameOf));
    const given = new Set(findings.map(nameOf));
    const [leftDue, leftGiven] = [truths, findings].map((some) => new Set(some.filter(isLeft).map(keyOf)));
    for (const finding of findings) {
      const isRight = due.has(nameOf(finding));
      if (!isRight)
        this.#differ(
          finding,
          truths.filter((truth) => keyOf(truth) === keyOf(finding)),
        );
      this.#of(finding.verdict)[isRight ? "right" : "wrong"] += 1;
      if (isLeft(finding)) this.left[leftDue?.has(keyOf(finding)) ? "right" : "wrong"] += 1;
    }
    for (const truth of truths) {
      if (!given.has(nameOf(truth))) this.#miss(truth);
      if (isLeft(truth) && !leftGiven?.has(keyOf(truth))) this.left.missed += 1;
    }
  }

  #miss(truth: Truth): void {
    this.#of(truth.verdict).missed += 1;
    this.differences.push({ what: keyOf(truth), said: "", planted: `${truth.verdict} (${truth.plant})` });
  }

  #differ(finding: Finding, truths: readonly Truth[]): void {
    const planted = truths.map(({ verdict, plant }) => `${verdict} (${plant})`).join(", ");
    this.differences.push({ what: keyOf(finding), said: `${finding.verdict}: ${finding.evidence}`, planted });
  }

  #of(verdict: Verdict): Score {
    const score = this.byVerdict.get(verdict) ?? { right: 0, wrong: 0, missed: 0 };
    this.byVerdict.set(verdict, score);
    return score;
  }
}

/** Findings that call a leak what was planted as none. What was not settled when a run ended is nobody's knowledge. */
export function wrongLeaks(truths: readonly Truth[], { findings, ended }: Judged): readonly Finding[] {
  const due = new Set(truths.map(nameOf));
  const ofTest = Map.groupBy(truths, ({ test }) => test);
  return findings.filter((finding) => {
    if (finding.verdict !== "leak" || due.has(nameOf(finding))) return false;
    return (ofTest.get(finding.test) ?? []).every(({ settledBy }) => ended.has(settledBy));
  });
}

function isLeft({ verdict }: Pick<Finding, "verdict">): boolean {
  return LEFT.has(verdict);
}

/** A verdict on what a test did with one memory. */
function nameOf(some: Pick<Finding, "verdict" | "test" | "attempt" | "memoryType">): string {
  return `${some.verdict} ${keyOf(some)}`;
}

function keyOf({ test, attempt, memoryType }: Pick<Finding, "test" | "attempt" | "memoryType">): string {
  return `${test} ${attempt} ${memoryType}`;
}

/** Of what was said, how much was right; 1 where nothing was said. */
export function precisionOf({ right, wrong }: Score): number {
  return right + wrong === 0 ? 1 : right / (right + wrong);
}

/** Of what was due, how much was said; 1 where nothing was due. */
export function recallOf({ right, missed }: Score): number {
  return right + missed === 0 ? 1 : right / (right + missed);
}

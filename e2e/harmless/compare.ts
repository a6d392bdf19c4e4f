import type { Aspects, Observations } from "./observations.ts";

/** One aspect that is the same in all runs without us, and another in all runs with us. */
export interface Difference {
  /** Null: the session. */
  readonly test: string | null;
  readonly aspect: string;
  readonly without: string;
  readonly with: string;
}

export interface Comparison {
  /** Tests that were seen, whatever they do. */
  readonly tests: number;
  /** Tests of which a phase fails in the first run without us; a suite of failures would show little. */
  readonly failing: number;
  /** Tests of which an aspect changes from run to run without us, so that it was not compared. */
  readonly unsteady: readonly string[];
  /** The same of the session. */
  readonly unsteadySession: readonly string[];
  readonly differences: readonly Difference[];
}

const ABSENT = "(not there)";
const NONE: Aspects = new Map();

/**
 * Compares runs without us to runs with us, one or more of each.
 *
 * What is not the same in all runs of a kind is unsteady and no difference: it says nothing about us.
 */
export function compare(without: readonly Observations[], watched: readonly Observations[]): Comparison {
  const names = new Set([...without, ...watched].flatMap(({ tests }) => [...tests.keys()]));
  const differences: Difference[] = [];
  const unsteady = new Set<string>();
  for (const name of names) {
    const of = ({ tests }: Observations): Aspects => tests.get(name) ?? NONE;
    const found = compareAspects(name, without.map(of), watched.map(of));
    differences.push(...found.differences);
    if (found.unsteady.length > 0) unsteady.add(name);
  }
  const session = compareAspects(
    null,
    without.map((one) => one.session),
    watched.map((one) => one.session),
  );
  return {
    tests: names.size,
    failing: countFailing(without[0]),
    unsteady: [...unsteady],
    unsteadySession: session.unsteady,
    differences: [...session.differences, ...differences],
  };
}

const OUTCOME = /^report \(.*\): outcome$/;

function countFailing(observations: Observations | undefined): number {
  const tests = [...(observations?.tests.values() ?? [])];
  const isFailing = ([aspect, value]: readonly [string, string]): boolean =>
    OUTCOME.test(aspect) && /failed/.test(value);
  return tests.filter((aspects) => [...aspects].some(isFailing)).length;
}

interface Compared {
  readonly unsteady: readonly string[];
  readonly differences: readonly Difference[];
}

function compareAspects(test: string | null, without: readonly Aspects[], watched: readonly Aspects[]): Compared {
  const unsteady: string[] = [];
  const differences: Difference[] = [];
  for (const aspect of new Set([...without, ...watched].flatMap((aspects) => [...aspects.keys()]))) {
    const ours = steadyValue(watched, aspect);
    const theirs = steadyValue(without, aspect);
    if (ours === null || theirs === null) unsteady.push(aspect);
    else if (ours !== theirs) differences.push({ test, aspect, without: theirs, with: ours });
  }
  return { unsteady, differences };
}

/** The value that all runs have; null if they do not agree. */
function steadyValue(runs: readonly Aspects[], aspect: string): string | null {
  const values = new Set(runs.map((aspects) => aspects.get(aspect) ?? ABSENT));
  const [value] = values;
  return values.size === 1 && value !== undefined ? value : null;
}

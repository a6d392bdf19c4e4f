import { minimalSubset } from "../base/minimal-subset.ts";
import type { Bisection } from "../model/bisection.ts";
import type { Suspects } from "./suspect-tests.ts";

/** Whether the test fails after these earlier tests. */
export type FailsAfter = (tests: readonly string[]) => Promise<boolean>;

/**
 * Finds the smallest set of earlier tests after which a test fails, in as few runs as possible: suspects are tried first, and all earlier tests
 * only if those are not to blame.
 *
 * @param earlier in the order in which they ran
 */
export async function findCulprits(
  earlier: readonly string[],
  { likely, possible }: Suspects,
  failsAfter: FailsAfter,
): Promise<Pick<Bisection, "kind" | "culprits">> {
  for (const some of likely) if (await failsAfter(some)) return smallest(some, failsAfter);
  if (await failsAfter([])) return { kind: "alone", culprits: [] };
  for (const some of [...possible, ...(earlier.length === 0 ? [] : [earlier])]) {
    if (await failsAfter(some)) return smallest(some, failsAfter);
  }
  return { kind: "not-reproduced", culprits: [] };
}

async function smallest(
  some: readonly string[],
  failsAfter: FailsAfter,
): Promise<Pick<Bisection, "kind" | "culprits">> {
  const culprits = await minimalSubset(some, failsAfter);
  // Where it takes two, none was asked about already: it fails after neither.
  if (culprits.length === 1 && (await failsAfter([]))) return { kind: "alone", culprits: [] };
  return { kind: "found", culprits };
}

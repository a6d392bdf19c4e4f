import type { TestRef } from "../model/event.ts";
import type { Verdict } from "../model/finding.ts";
import type { Allocation } from "../model/run-record.ts";
import { testWithoutParameters } from "../model/test-subject.ts";
import { shareByOperation } from "./cached-operations.ts";
import type { Growth } from "./growth.ts";

/**
 * What holds the memory of a growth, each holder once, in the order of the buffers' addresses: what the plugin found, and
 * for memory that is judged to be the program cache's the operations whose entries it belongs to.
 */
export function holdersOf(
  { allocations, fate, ref }: Pick<Growth, "allocations" | "fate" | "ref">,
  verdict: Verdict,
): string[] {
  const byAddress = allocations.toSorted((a, b) => (a.address < b.address ? -1 : 1));
  const told = byAddress.flatMap(({ holders }) => holders);
  const cached = verdict === "program-cache" ? cacheHolders(allocations) : [];
  const keeper = fate.kind === "failure" ? "exception" : "traceback";
  const failed = verdict === "held-by-failure" && ref !== null ? [`${keeper} of ${nameOf(ref)}`] : [];
  return [...new Set([...told, ...cached, ...failed])];
}

/** The test's function, as its traceback has it. */
function nameOf({ test }: TestRef): string {
  return testWithoutParameters(test).split("::").at(-1) ?? test;
}

function cacheHolders(allocations: readonly Allocation[]): string[] {
  const unheld = allocations.filter(({ holders }) => holders.length === 0);
  return shareByOperation(unheld).map(({ operation }) =>
    operation === null ? "program cache" : `program cache: entries of ${operation}`,
  );
}

import type { FixtureRef } from "../model/measurement.ts";
import type { Allocation } from "../model/run-record.ts";

/**
 * What became of an allocation, as far as it matters for a verdict.
 *
 * - `transient`: gone again when the test's garbage was collected, or before
 * - `released`: gone with the traceback of the failed test
 * - `failure`: held by the exception of the failed test, which is not ours to let go of
 * - `cleared`: gone when the program cache was cleared
 * - `fixture`: gone when a fixture of wider scope had ended
 * - `late`: gone at a later look, for no reason we know
 * - `left`: never seen gone, or only when its device was about to be closed
 */
export type Fate =
  | { readonly kind: "transient" | "released" | "failure" | "cleared" | "late" | "left" }
  | { readonly kind: "fixture"; readonly fixture: FixtureRef };

export function fateOf(allocation: Allocation): Fate {
  const { death, keptBy, isWaiting } = allocation;
  if (keptBy === "failure") return { kind: "failure" };
  const fixture = fixtureOf(allocation);
  if (keptBy !== null) return fixture === undefined ? { kind: "transient" } : { kind: "fixture", fixture };
  if (death === null) return { kind: "left" };
  if (death.moment === "after-clear") return { kind: "cleared" };
  if (death.moment === "after-release" && diedInOwnTest(allocation)) return { kind: "released" };
  // Collected later, for several tests at once.
  if (isWaiting && death.moment === "after-collect") return { kind: "transient" };
  if (fixture !== undefined) return { kind: "fixture", fixture };
  // Garbage was collected before that look, and this had waited for it.
  if (death.moment === "close") return { kind: isWaiting ? "transient" : "left" };
  return diedInOwnTest(allocation) ? { kind: "transient" } : { kind: "late" };
}

/** Of the fixtures that ended before it, the one that held it; where none is known to have, the first that ended. */
function fixtureOf({ fixturesEndedBeforeDeath: ended, holders }: Allocation): FixtureRef | undefined {
  const isHolder = ({ name, scope }: FixtureRef) =>
    holders.some((path) => path.includes(`fixture '${name}' (scope ${scope})`));
  return ended.find(isHolder) ?? ended[0];
}

function diedInOwnTest({ birth, death }: Allocation): boolean {
  if (birth.ref === null || death === null || death.ref === null) return false;
  return birth.ref.test === death.ref.test && birth.ref.attempt === death.ref.attempt;
}

import type { FindingState, Sightings } from "../model/history.ts";
import { subjectOfSignature } from "../model/test-subject.ts";

/** What one signature was seen as, and its state. */
export interface Standing {
  readonly sightings: Sightings;
  readonly state: FindingState;
  /** The signature that it had while its test was called otherwise. */
  readonly formerly: Sightings | null;
}

/**
 * The state of each signature; one that goes on under another name of its test is told once, under the newest. `runsMs`: when each
 * of the runs began.
 */
export function standingsOf(all: readonly Sightings[], runsMs: readonly number[]): readonly Standing[] {
  const formerly = renamedFrom(
    all,
    runsMs.toSorted((a, b) => a - b),
  );
  const renamed = new Set(formerly.values());
  return all
    .filter((sightings) => !renamed.has(sightings))
    .map((sightings) => {
      const earlier = formerly.get(sightings) ?? null;
      return { sightings, formerly: earlier, state: stateOf(sightings, earlier !== null) };
    });
}

function stateOf({ previousMs, absentMs, wasAbsent }: Sightings, isRenamed: boolean): FindingState {
  if (absentMs !== null) return "fixed";
  if (previousMs === null) return isRenamed ? "known" : "new";
  return wasAbsent ? "came-back" : "known";
}

/**
 * Of each signature that took the place of another: that other. Both are of one cause, and from one run to the next the tests of
 * the one were gone and those of the other there for the first time. Where several could be meant, none is.
 */
function renamedFrom(all: readonly Sightings[], runsMs: readonly number[]): ReadonlyMap<Sightings, Sightings> {
  const nextRun = new Map(runsMs.map((atMs, index) => [atMs, runsMs[index + 1]]));
  const causes = Map.groupBy(all, ({ signature }) => causeOf(signature));
  const found = new Map<Sightings, Sightings>();
  for (const [cause, alike] of causes) {
    if (cause === null || alike.length < 2) continue;
    for (const later of alike) {
      const [earlier, another] = alike.filter((each) => isRenamed(each, later, nextRun));
      if (earlier !== undefined && another === undefined) found.set(later, earlier);
    }
  }
  const taken = Map.groupBy(found, ([, earlier]) => earlier);
  return new Map([...found].filter(([, earlier]) => taken.get(earlier)?.length === 1));
}

function isRenamed(earlier: Sightings, later: Sightings, nextRun: ReadonlyMap<number, number | undefined>): boolean {
  if (earlier.testsLastMs !== earlier.lastMs || later.testsFirstMs !== later.firstMs) return false;
  return nextRun.get(earlier.lastMs) === later.firstMs;
}

/** A signature without the name in it (`core/verdicts/signature.ts`); null: it has none. */
function causeOf(signature: string): string | null {
  const subject = subjectOfSignature(signature);
  return subject === "" ? null : signature.replace(`:${subject}:`, ":");
}

import type { FindingState, Sightings } from "../model/history.ts";
import { subjectOfSignature } from "../model/test-subject.ts";

/** What one signature was seen as, and its state. */
export interface Standing<S extends Sightings = Sightings> {
  readonly sightings: S;
  readonly state: FindingState;
  /** What it was seen as while its test was called otherwise, or lay in another file: by the last such name, since the first. */
  readonly formerly: Pick<Sightings, "signature" | "firstMs" | "runs"> | null;
}

/**
 * The state of each signature; one that goes on under another name of its test is reported once, under the newest. `runsMs`: when each
 * of the runs began.
 */
export function standingsOf<S extends Sightings>(all: readonly S[], runsMs: readonly number[]): readonly Standing<S>[] {
  const formerly = renamedFrom(
    all,
    runsMs.toSorted((a, b) => a - b),
  );
  const renamed = new Set(formerly.values());
  return all
    .filter((sightings) => !renamed.has(sightings))
    .map((sightings) => {
      const earlier = seenBefore(sightings, formerly);
      return { sightings, formerly: earlier, state: stateOf(sightings, earlier !== null) };
    });
}

/** A test may be renamed, or moved, again and again. */
function seenBefore(sightings: Sightings, formerly: ReadonlyMap<Sightings, Sightings>): Standing["formerly"] {
  const last = formerly.get(sightings);
  if (last === undefined) return null;
  const before = seenBefore(last, formerly);
  const { signature, firstMs, runs } = last;
  return { signature, firstMs: before?.firstMs ?? firstMs, runs: runs + (before?.runs ?? 0) };
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

import { standingsOf } from "../../core/history/finding-states.ts";
import { leftoverTogether } from "../../core/known/leftover.ts";
import {
  FINDING_STATES,
  type FindingHistory,
  type ListedRun,
  type RunRef,
  type SeenSignature,
} from "../../core/model/history.ts";
import { reportedFinding } from "./reported-run.ts";

/** What is known of each signature over time: what is new first, what is fixed last, the largest of each first. */
export function findingHistories(seen: readonly SeenSignature[], runs: readonly ListedRun[]): FindingHistory[] {
  const refs = new Map(runs.map((run) => [Date.parse(run.startedAt), run]));
  const refOf = (atMs: number): RunRef => {
    const { id, startedAt, commit } = refs.get(atMs) ?? {
      id: "",
      startedAt: new Date(atMs).toISOString(),
      commit: null,
    };
    return { id, startedAt, commit };
  };
  return standingsOf(seen, [...refs.keys()])
    .map(({ sightings, formerly, state }): FindingHistory => {
      const last = sightings.lastFindings.map(reportedFinding);
      const leftover = leftoverTogether(last);
      return {
        signature: sightings.signature,
        formerly: formerly === null || formerly.signature === sightings.signature ? null : formerly.signature,
        state,
        first: refOf(formerly?.firstMs ?? sightings.firstMs),
        last: refOf(sightings.lastMs),
        fixedBy: sightings.absentMs === null ? null : refOf(sightings.absentMs),
        runs: sightings.runs + (formerly?.runs ?? 0),
        test: leftover?.test ?? null,
        memoryType: leftover?.memoryType ?? null,
        sizeBytes: leftover?.sizeBytes ?? 0,
        buffers: leftover?.buffers ?? 0,
        origin: leftover?.origin ?? null,
        holder: leftover?.holder ?? null,
        fails: leftover?.fails ?? false,
      };
    })
    .toSorted(inOrder);
}

function inOrder(a: FindingHistory, b: FindingHistory): number {
  return (
    FINDING_STATES.indexOf(a.state) - FINDING_STATES.indexOf(b.state) ||
    b.sizeBytes - a.sizeBytes ||
    (a.signature < b.signature ? -1 : 1)
  );
}

import { growsSteadily } from "../base/steady-growth.ts";
import { theilSen } from "../base/theil-sen.ts";
import type { GrowthOverRuns, TestSighting } from "../model/history.ts";
import { MEMORY_TYPES, type MemoryType } from "../model/memory-type.ts";

/** Of more runs the last ones count: a slope takes time with the square of their number, 20 ms for so many. */
const RUNS_MAX = 400;

const MS_PER_DAY = 86_400_000;

/** What a test left in one memory in one run that checked it. */
interface Point {
  readonly sighting: TestSighting;
  readonly atMs: number;
  readonly bytes: number;
}

/**
 * The memories of which a test leaves more and more from run to run, beyond doubt (`growsSteadily`), since the last run that left
 * the least. `sightings`: the oldest first.
 */
export function growthOverRuns(sightings: readonly TestSighting[]): GrowthOverRuns[] {
  return MEMORY_TYPES.flatMap((memoryType) => growthOf(memoryType, pointsOf(sightings, memoryType)) ?? []);
}

function growthOf(memoryType: MemoryType, points: readonly Point[]): GrowthOverRuns | null {
  const least = points.reduce((low, { bytes }) => Math.min(low, bytes), Number.POSITIVE_INFINITY);
  const begun = points.findLastIndex(({ bytes }) => bytes === least);
  const growing = points.slice(begun);
  const [last, first] = growing;
  if (last === undefined || first === undefined || !growsSteadily(growing.map(({ bytes }) => bytes))) return null;
  const slope = theilSen(growing.map(({ atMs, bytes }) => ({ at: atMs / MS_PER_DAY, value: bytes })));
  if (slope === null) return null;
  const { perStep, interval } = slope;
  const [lowBytes, highBytes] =
    interval === null ? [null, null] : [Math.round(interval.low), Math.round(interval.high)];
  const perDay = { bytes: Math.round(perStep), lowBytes, highBytes };
  return { memoryType, perDay, lastWithout: last.sighting.run, firstWith: first.sighting.run };
}

/** Runs that checked it, each at a time of its own. */
function pointsOf(sightings: readonly TestSighting[], memoryType: MemoryType): readonly Point[] {
  const points = sightings.flatMap((sighting): Point[] => {
    const bytes = sighting.left[memoryType];
    if (bytes === undefined || sighting.state !== "checked") return [];
    return [{ sighting, atMs: Date.parse(sighting.run.startedAt), bytes }];
  });
  return points.filter(({ atMs }, index) => atMs !== points[index - 1]?.atMs).slice(-RUNS_MAX);
}

import { slopesOutside } from "./inversions.ts";

/** How much there was at one place of a series, such as a repeat, a run or a day. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** Values per step of `at`. */
export interface Slope {
  readonly perStep: number;
  /** Holds the slope with 95 % confidence; null: five points are needed. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** Of a longer series the last points count: the time it takes grows with the square of their number, 0.2 s for so many. */
export const POINTS_MAX = 1000;

/**
 * The slope of a series: the median of the slopes between all pairs of its points, with the interval that Kendall's tau gives. `at` rises
 * from each point to the next. null: one point has no slope.
 *
 * Not least squares with Student's t, because bytes are no normal numbers: they jump in steps, most of them are equal, and a
 * single large one must neither hide a slope nor make one. This one bears up to 29 % of such points and is exact for few of them. Sources:
 * P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 63 (1968); for the interval `slopesOutside`.
 */
export function theilSen(points: readonly Point[]): Slope | null {
  const kept = points.slice(-POINTS_MAX);
  const slopes = slopesBetween(kept);
  if (slopes.length === 0) return null;
  const outside = slopesOutside(kept.length);
  const [low, high] = [slopes[outside - 1], slopes.at(-outside)];
  const isKnown = outside > 0 && low !== undefined && high !== undefined;
  return { perStep: medianOf(slopes), interval: isKnown ? { low, high } : null };
}

/** In rising order. */
function slopesBetween(points: readonly Point[]): Float64Array {
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2);
  let next = 0;
  for (const [index, from] of points.entries()) {
    for (let other = index + 1; other < points.length; other++) {
      const to = points[other] ?? from;
      slopes[next++] = (to.value - from.value) / (to.at - from.at);
    }
  }
  return slopes.sort();
}

function medianOf(sorted: Float64Array): number {
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

import { theilSen } from "./theil-sen.ts";

/** What may fall back, of what it grew from its first to its last value: less is noise upon growth, more is a value that comes and goes. */
const FALLEN_SHARE_MAX = 1 / 3;

/**
 * Whether a series grows, in a ramp or in steps, beyond doubt: the 95 % interval of its slope (`theilSen`) is above 0, also without its largest
 * rise, and what fell back is at most a third of what it grew.
 *
 * The largest rise does not count, because one alone is something that was kept once, not growth. So a ramp takes six
 * values, and steps take four rises. Values that only scatter, and those that grow and fall back, are no growth: `steady-growth.test.ts` has how often each is taken for it.
 */
export function growsSteadily(values: readonly number[]): boolean {
  const rises = values.slice(1).map((value, index) => value - (values[index] ?? 0));
  const fallen = rises.reduce((sum, rise) => sum - Math.min(0, rise), 0);
  const grown = (values.at(-1) ?? 0) - (values[0] ?? 0);
  return fallen <= grown * FALLEN_SHARE_MAX && isAboveZero(values) && isAboveZero(withoutLargest(values, rises));
}

function isAboveZero(values: readonly number[]): boolean {
  return (theilSen(values.map((value, at) => ({ at, value })))?.interval?.low ?? 0) > 0;
}

/** As if the step with the largest rise had not been taken. */
function withoutLargest(values: readonly number[], rises: readonly number[]): number[] {
  const largest = rises.reduce((most, rise) => Math.max(most, rise), 0);
  const at = rises.indexOf(largest) + 1;
  return [...values.slice(0, at), ...values.slice(at + 1).map((value) => value - largest)];
}

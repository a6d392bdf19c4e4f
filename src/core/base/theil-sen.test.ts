import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { POINTS_MAX, type Point, theilSen } from "./theil-sen.ts";

function pointsOf(values: readonly number[]): Point[] {
  return values.map((value, at) => ({ at, value }));
}

const VALUES = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 5, maxLength: 40 });

test("one point has no slope, two have one, and four have no interval yet", () => {
  assert.equal(theilSen(pointsOf([7])), null);
  assert.deepEqual(theilSen(pointsOf([7, 9])), { perStep: 2, interval: null });
  assert.equal(theilSen(pointsOf([1, 2, 3, 4]))?.interval, null);
  assert.deepEqual(theilSen(pointsOf([1, 2, 3, 4, 5]))?.interval, { low: 1, high: 1 });
});

test("the slope is per step of the place, however far apart the points are", () => {
  const points = [0, 1, 5, 6, 20].map((at) => ({ at, value: 24 * at }));
  assert.deepEqual(theilSen(points), { perStep: 24, interval: { low: 24, high: 24 } });
});

test("the example of Sen's paper gives its slope of 4, and its interval from 26/7 to 35/8", () => {
  const points = [
    [1, 9],
    [2, 15],
    [3, 19],
    [4, 20],
    [10, 45],
    [12, 55],
    [18, 78],
  ].map(([at = 0, value = 0]) => ({ at, value }));
  const slope = theilSen(points);
  assert.equal(slope?.perStep, 4);
  assert.equal(slope.interval?.low, 26 / 7);
  assert.equal(slope.interval.high, 35 / 8);
});

test("the interval holds the median slope, and one value that is far off does not move them out of it", () => {
  fc.assert(
    fc.property(VALUES, (values) => {
      const slope = theilSen(pointsOf(values));
      assert.ok(slope?.interval);
      assert.ok(slope.interval.low <= slope.perStep && slope.perStep <= slope.interval.high);
    }),
  );
});

test("a planted slope is found to the byte when noise is less than it, whatever was there before", () => {
  const planted = fc.record({
    slope: fc.integer({ min: 0, max: 100_000 }),
    start: fc.integer({ min: 0, max: 1_000_000 }),
    outlier: fc.integer({ min: 0, max: 10_000_000 }),
    at: fc.nat({ max: 11 }),
  });
  fc.assert(
    fc.property(planted, ({ slope, start, outlier, at }) => {
      const values = Array.from({ length: 12 }, (_, index) => start + slope * index + (index === at ? outlier : 0));
      assert.equal(theilSen(pointsOf(values))?.perStep, slope);
    }),
  );
});

test("shifting, scaling and turning the values does the same to slope and interval", () => {
  fc.assert(
    fc.property(VALUES, fc.integer({ min: -9, max: 9 }), (values, factor) => {
      const [plain, scaled] = [values, values.map((value) => 5 + factor * value)].map((each) =>
        theilSen(pointsOf(each)),
      );
      assert.ok(plain?.interval && scaled?.interval);
      const ends = [factor * plain.interval.low, factor * plain.interval.high].sort((a, b) => a - b);
      close(scaled.perStep, factor * plain.perStep);
      close(scaled.interval.low, ends[0] ?? Number.NaN);
      close(scaled.interval.high, ends[1] ?? Number.NaN);
    }),
  );
});

test("the interval holds the slope in 95 of 100 noisy series, give or take what 1,000 draws may differ by", () => {
  for (const length of [5, 6, 8, 13, 70]) {
    const noise = fc.noBias(fc.integer({ min: -1000, max: 1000 }));
    const series = fc.array(noise, { minLength: length, maxLength: length });
    // Drawn from a fixed seed, so that the figure is the same each time.
    const noises = fc.sample(series, { numRuns: 1000, seed: 17 });
    const held = noises.filter((noise) => {
      const interval = theilSen(pointsOf(noise.map((each, index) => 3 * index + each)))?.interval;
      return interval != null && interval.low <= 3 && 3 <= interval.high;
    });
    assert.ok(held.length >= 0.93 * noises.length, `${held.length} of ${noises.length} series of ${length}`);
  }
});

test("of a longer series only the last points count", () => {
  const values = [...new Array<number>(50).fill(1e9), ...Array.from({ length: POINTS_MAX }, (_, index) => 2 * index)];
  assert.deepEqual(theilSen(pointsOf(values))?.interval, { low: 2, high: 2 });
});

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-6 * (1 + Math.abs(expected)), `${actual} and ${expected}`);
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { growsSteadily } from "./steady-growth.ts";

function series(length: number, valueAt: (index: number) => number): number[] {
  return Array.from({ length }, (_, index) => valueAt(index));
}

/** Uniform numbers from 0 to 1, the same for the same seed. */
function noisesOf(count: number, length: number): number[][] {
  const unit = fc.noBias(fc.integer({ min: 0, max: 1 << 24 }));
  const drawn = fc.sample(fc.array(unit, { minLength: length, maxLength: length }), { numRuns: count, seed: 4711 });
  return drawn.map((each) => each.map((value) => value / (1 << 24)));
}

describe("grows", () => {
  test("a ramp, from six values on", () => {
    assert.equal(growsSteadily(series(5, (index) => 24 * index)), false);
    assert.equal(growsSteadily(series(6, (index) => 24 * index)), true);
  });

  test("steps of any width and height, from four rises on", () => {
    const planted = fc.tuple(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 1e9 }), fc.nat(1e9));
    fc.assert(
      fc.property(planted, ([width, height, start]) => {
        const steps = (rises: number) =>
          series(width * rises + 1, (index) => start + height * Math.floor(index / width));
        assert.equal(growsSteadily(steps(2)), false);
        assert.equal(growsSteadily(steps(5)), true);
      }),
    );
  });

  test("a ramp with noise of less than a third of its slope", () => {
    for (const noise of noisesOf(300, 12)) {
      assert.equal(growsSteadily(noise.map((each, index) => 1000 * index + 330 * each)), true);
    }
  });

  test("a ramp with one large load, before, within and after", () => {
    for (const at of [1, 6, 11]) {
      assert.equal(growsSteadily(series(12, (index) => 24 * index + (index >= at ? 1e9 : 0))), true);
    }
  });
});

describe("does not grow", () => {
  test("what stays, and what rose once or twice", () => {
    for (const length of [1, 2, 6, 30]) assert.equal(growsSteadily(series(length, () => 48)), false);
    const rises = fc.tuple(fc.nat(29), fc.nat(29), fc.integer({ min: 1, max: 1e9 }));
    fc.assert(
      fc.property(rises, ([first, second, size]) => {
        const risen = series(30, (index) => (index >= first ? size : 0) + (index >= second ? size : 0));
        assert.equal(growsSteadily(risen), false);
      }),
    );
  });

  test("what shrinks", () => {
    assert.equal(growsSteadily(series(20, (index) => -24 * index)), false);
  });

  test("a rolling value, whatever its period, its height and where it began", () => {
    const planted = fc.tuple(fc.integer({ min: 2, max: 10 }), fc.nat(9), fc.integer({ min: 1, max: 1e9 }));
    fc.assert(
      fc.property(planted, ([period, begun, size]) => {
        assert.equal(growsSteadily(series(21, (index) => size * ((index + begun) % period))), false);
      }),
    );
  });

  test("noise: 1 of 200 series at most", () => {
    for (const length of [6, 8, 11, 21]) {
      const taken = noisesOf(1000, length).filter((noise) => growsSteadily(noise));
      assert.ok(taken.length <= 5, `${taken.length} of 1000 series of ${length}`);
    }
  });

  test("noise around a value that was kept once: 1 of 10 at most", () => {
    for (const length of [6, 8, 11, 21]) {
      const taken = noisesOf(1000, length).filter((noise) =>
        growsSteadily(noise.map((each, index) => each + (index >= length / 2 ? 3 : 0))),
      );
      assert.ok(taken.length <= 100, `${taken.length} of 1000 series of ${length}`);
    }
  });

  test("a walk that rises and falls alike: 1 of 10 at most", () => {
    for (const length of [6, 8, 11, 21]) {
      const taken = noisesOf(1000, length).filter((noise) => {
        let value = 0;
        return growsSteadily(noise.map((each) => (value += each - 0.5)));
      });
      assert.ok(taken.length <= 100, `${taken.length} of 1000 series of ${length}`);
    }
  });
});

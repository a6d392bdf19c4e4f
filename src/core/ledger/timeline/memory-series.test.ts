import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MemorySeries } from "./memory-series.ts";
import { BUCKETS_MAX, TimeBuckets } from "./time-buckets.ts";

const Changes = fc.array(fc.record({ afterNs: fc.nat(3_000_000_000), bytes: fc.integer({ min: -1000, max: 1000 }) }), {
  minLength: 1,
  maxLength: 60,
});

test("each bucket has the least, the most and the last that was in use in it, however long the run gets", () => {
  fc.assert(
    fc.property(Changes, (changes) => {
      const buckets = new TimeBuckets(0);
      const series = new MemorySeries(buckets);
      const steps: { atNs: number; used: number }[] = [];
      let [atNs, used] = [0, 0];
      for (const { afterNs, bytes } of changes) {
        [atNs, used] = [atNs + afterNs, used + bytes];
        series.change(atNs, bytes);
        steps.push({ atNs, used });
      }
      const { leastBytes, mostBytes, lastBytes } = series.values();
      assert.ok(lastBytes.length <= BUCKETS_MAX);
      const { bucketNs } = buckets;
      let before = 0;
      for (let bucket = 0; bucket < lastBytes.length; bucket++) {
        const inIt = steps.filter((step) => Math.floor(step.atNs / bucketNs) === bucket).map((step) => step.used);
        const all = [before, ...inIt];
        const found = [leastBytes[bucket], mostBytes[bucket], lastBytes[bucket]];
        assert.deepEqual(found, [Math.min(...all), Math.max(...all), all.at(-1)]);
        before = all.at(-1) ?? 0;
      }
      assert.equal(series.usedBytes, used);
    }),
  );
});

test("all series of a timeline have the same buckets, also one that ended long ago", () => {
  const buckets = new TimeBuckets(0);
  const [early, late] = [new MemorySeries(buckets), new MemorySeries(buckets)];
  early.change(0, 10);
  early.change(5_000_000, -4);
  late.change(BUCKETS_MAX * 1_000_000, 1);
  assert.equal(buckets.bucketNs, 2_000_000);
  assert.deepEqual([...early.values().lastBytes], [10, 10, 6]);
  assert.equal(late.values().lastBytes.length, BUCKETS_MAX / 2 + 1);
});

test("a time before that of the last change counts as that, and one before the first bucket as its begin", () => {
  const series = new MemorySeries(new TimeBuckets(1_000_000_000));
  series.change(5, 7);
  series.change(1_004_000_000, 1);
  series.change(1_002_000_000, 1);
  assert.deepEqual([...series.values().lastBytes], [7, 7, 7, 7, 9]);
});

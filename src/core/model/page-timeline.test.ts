import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Life, span, timeline } from "../../../fixtures/timeline/timeline.ts";
import { made } from "../base/lazy-object.ts";
import { decodeTimeline, encodeTimeline } from "./page-timeline.ts";
import type { Timeline } from "./timeline.ts";

const BEGIN_NS = 5_000_000_000_000;
const END_NS = BEGIN_NS + 10_000;

const runOf = (lives: readonly Life[]): Timeline => {
  const phases = [{ phase: "call", beginNs: BEGIN_NS + 7 }] as const;
  const tests = [span("t", BEGIN_NS + 5, BEGIN_NS + 9, { phases })];
  return timeline(lives, { beginNs: BEGIN_NS, endNs: END_NS, tests, buckets: 10 });
};

const throughJson = (timeline: Timeline, rowsMax?: number): Timeline =>
  decodeTimeline(JSON.parse(JSON.stringify(made(encodeTimeline(timeline, rowsMax)))));

const life = fc
  .record({
    bornNs: fc.nat(9_000).map((sinceNs) => BEGIN_NS + sinceNs),
    livedNs: fc.option(fc.nat(1_000)),
    address: fc.nat(2 ** 31 - 1),
    sizeBytes: fc.nat(2 ** 31 - 1),
    test: fc.integer({ min: -1, max: 0 }),
  })
  .map(({ livedNs, ...rest }): Life => ({ ...rest, diedNs: livedNs === null ? null : rest.bornNs + livedNs }));

test("a timeline comes through JSON as it was, only that it begins at 0", () => {
  fc.assert(
    fc.property(fc.array(life), (lives) => {
      const [sent, got] = [runOf(lives), throughJson(runOf(lives))];
      const { bornNs, diedNs, ...rest } = sent.allocations;
      const { bornNs: gotBorn, diedNs: gotDied, ...gotRest } = got.allocations;
      assert.deepEqual(gotRest, rest);
      assert.deepEqual(
        [gotBorn, gotDied],
        [bornNs, diedNs].map((column) => column.map((at) => at - BEGIN_NS)),
      );
      assert.deepEqual([got.series, got.origins], [sent.series, sent.origins]);
      assert.deepEqual(
        [got.beginNs, got.endNs, got.tests[0]?.beginNs, got.tests[0]?.phases[0]?.beginNs],
        [0, 10_000, 5, 7],
      );
    }),
  );
});

const dead = (livedNs: number): Life => ({
  bornNs: BEGIN_NS,
  diedNs: BEGIN_NS + livedNs,
  address: livedNs,
  sizeBytes: 1,
});
const LIVE: Life = { bornNs: BEGIN_NS, diedNs: null, address: 99, sizeBytes: 1 };

for (const [rowsMax, addresses, omitted, belowNs] of [
  [5, [4, 1, 3, 2, 99], 0, 0],
  [4, [4, 3, 2, 99], 1, 2],
  [3, [4, 3, 99], 2, 3],
  [1, [99], 4, 5],
] as const) {
  test(`of four that died and one that is live ${rowsMax} rows have what is live and what lived longest`, () => {
    const { allocations } = throughJson(runOf([dead(4), dead(1), dead(3), dead(2), LIVE]), rowsMax);
    assert.deepEqual([...allocations.address], addresses);
    assert.deepEqual([allocations.omitted, allocations.omittedBelowNs], [omitted, belowNs]);
  });
}

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Sightings } from "../model/history.ts";
import { standingsOf } from "./finding-states.ts";

/** A signature that runs 1 to 3 had, the last of all, unless told otherwise. */
function seen(differences: Partial<Sightings> = {}): Sightings {
  return {
    signature: "v2:dram:test_decode:0123456789ab",
    runs: 3,
    firstMs: 1,
    lastMs: 3,
    previousMs: 2,
    absentMs: null,
    wasAbsent: false,
    testsFirstMs: 1,
    testsLastMs: 3,
    ...differences,
  };
}

/** In no order. */
const RUNS = [4, 1, 3, 2, 6];

const STATES: readonly (readonly [title: string, sightings: Sightings, state: string])[] = [
  ["one run had it", seen({ runs: 1, firstMs: 3, previousMs: null }), "new"],
  ["the run before had it", seen(), "known"],
  ["a run in between that checked its test did not have it", seen({ wasAbsent: true }), "came-back"],
  ["a later run that checked its test does not have it", seen({ absentMs: 4 }), "fixed"],
  ["it came back and is gone again", seen({ wasAbsent: true, absentMs: 4 }), "fixed"],
  ["one run had it, and a later one does not", seen({ previousMs: null, absentMs: 4 }), "fixed"],
];

describe("a finding", () => {
  for (const [title, sightings, state] of STATES) {
    it(`is ${state} where ${title}`, () =>
      assert.deepEqual(
        standingsOf([sightings], RUNS).map((each) => each.state),
        [state],
      ));
  }
});

describe("a test that was renamed", () => {
  const earlier = seen({ lastMs: 3, testsLastMs: 3 });
  const later = seen({
    signature: "v2:dram:test_decode_step:0123456789ab",
    ...{ runs: 1, firstMs: 4, lastMs: 4, previousMs: null, testsFirstMs: 4, testsLastMs: 4 },
  });
  const told = (...all: readonly Sightings[]) =>
    standingsOf(all, RUNS).map(({ sightings, state, formerly }) => [
      sightings.signature,
      state,
      formerly?.signature ?? null,
    ]);

  it("keeps its finding, which is known under the new name and not told under the old one", () => {
    assert.deepEqual(told(earlier, later), [[later.signature, "known", earlier.signature]]);
  });

  for (const [what, one, other] of [
    ["the cause is another", earlier, { ...later, signature: "v2:dram:test_decode_step:ba9876543210" }],
    ["the memory type is another", earlier, { ...later, signature: "v2:l1:test_decode_step:0123456789ab" }],
    ["the new test had been run before", earlier, { ...later, testsFirstMs: 3 }],
    ["it had left the same before", earlier, { ...later, firstMs: 2 }],
    ["there was a run in between", { ...earlier, lastMs: 2, testsLastMs: 2 }, later],
    ["the old test is still run", { ...earlier, testsLastMs: 4 }, later],
    ["the old test had stopped to leave it", { ...earlier, absentMs: 4, testsLastMs: 4 }, later],
    ["it is not a test's", { ...earlier, testsLastMs: null }, later],
  ] as const) {
    it(`is not seen where ${what}`, () =>
      assert.deepEqual(
        told(one, other).map(([, , formerly]) => formerly),
        [null, null],
      ));
  }

  it("is not guessed where two could be meant", () => {
    const another = { ...later, signature: "v2:dram:test_prefill_step:0123456789ab" };
    assert.equal(told(earlier, later, another).length, 3);
    assert.equal(told(earlier, { ...earlier, signature: "v2:dram:test_prefill:0123456789ab" }, later).length, 3);
  });
});

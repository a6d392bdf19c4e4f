import assert from "node:assert/strict";
import { test } from "node:test";
import { BANKS, fixtureRef, recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import { peaksOf } from "./peaks-of-test.ts";

test("by looks, what a wider fixture made in the test that asked for it first is not the test's own", () => {
  const weights = { 32: 50_000 };
  const scenario = new Scenario()
    .begin("a")
    .look("before", { DRAM: { 16: 1_000 } })
    .look("fixture", { DRAM: { 16: 1_000, ...weights } }, { fixture: fixtureRef("model") })
    .look("after-call", { DRAM: { 16: 1_000, ...weights, 589824: 300 } })
    .look("after-collect", { DRAM: weights });
  const [first] = recordOf(scenario.end("a")).tests;
  assert.deepEqual(first && peaksOf(first).map(({ ownBytes, totalBytes }) => [ownBytes, totalBytes]), [
    [300 * BANKS, 51_300 * BANKS],
  ]);
});

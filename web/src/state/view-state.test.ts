import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GROUPINGS } from "../model/live-groups.ts";
import { LAYERINGS } from "../model/timeline-layers.ts";
import { FIRST_STATE, formatState, parseState, SHAPES, VIEWS, type ViewState } from "./view-state.ts";

const instant = fc.nat(Number.MAX_SAFE_INTEGER);

const state: fc.Arbitrary<ViewState> = fc.record(
  {
    view: fc.constantFrom(...VIEWS),
    memory: fc.option(fc.string({ minLength: 1 })),
    range: fc.option(fc.tuple(instant, instant).filter(([from, to]) => from < to)),
    cursorNs: fc.option(instant),
    cause: fc.option(fc.string({ minLength: 1 })),
    query: fc.string(),
    grouping: fc.constantFrom(...GROUPINGS),
    shape: fc.constantFrom(...SHAPES),
    isLog: fc.boolean(),
    isPercent: fc.boolean(),
    layering: fc.constantFrom(...LAYERINGS),
    hasFree: fc.boolean(),
    comparedNs: fc.option(instant),
    failed: fc.option(fc.nat(99)),
    ofTest: fc.option(fc.string({ minLength: 1 })),
  },
  { noNullPrototype: true },
);

test("an address has all of the state, whatever names are in it", () => {
  fc.assert(fc.property(state, (all) => assert.deepEqual(parseState(formatState(all)), all)));
});

test("what is as at first is not in the address", () => assert.equal(formatState(FIRST_STATE), ""));

for (const text of [
  "view=nothing",
  "range=9-3",
  "range=1",
  "range=a-b",
  "at=-1",
  "at=1e9",
  "by=&as=",
  "log=yes",
  "stack=all&free=yes",
  "%",
]) {
  test(`"${text}" is as at first`, () => assert.deepEqual(parseState(text), FIRST_STATE));
}

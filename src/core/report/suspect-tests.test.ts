import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runReport } from "../../../fixtures/report/builders.ts";
import { outOfMemoryReport, ownerShare } from "../../../fixtures/report/shortages.ts";
import { type Live, recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import type { RunReport } from "../model/run-report.ts";
import { failureIn, suspectsOf } from "./suspect-tests.ts";

const NOTHING: Live = {};

/** One block of DRAM at each of these addresses. */
function live(...addresses: readonly number[]): Live {
  return { DRAM: Object.fromEntries(addresses.map((address) => [address, 100])) };
}

/** a and b leave a block each, c leaves one that d frees, e fails. */
const RECORD = recordOf(
  new Scenario()
    .test("a", NOTHING, live(1))
    .test("b", live(1), live(1, 2))
    .test("c", live(1, 2), live(1, 2, 3))
    .test("d", live(1, 2, 3), live(1, 2))
    .begin("e")
    .look("before", live(1, 2))
    .look("after", live(1, 2))
    .end("e", "failed")
    .begin("f")
    .end("f", "failed"),
);

function explain(report: RunReport, wanted: string | null = null) {
  const failure = failureIn(RECORD, report, wanted);
  return failure && { ...failure, test: failure.test.ref.test, suspects: suspectsOf(failure, RECORD, report) };
}

test("the first test that failed is looked into, with those before it, and who left memory is suspected", () => {
  const failure = { test: "e", earlier: ["a", "b", "c", "d"], suspects: { likely: [], possible: [["a", "b"]] } };
  assert.deepEqual(explain(runReport()), failure);
});

test("one that ran out of memory comes before one that failed otherwise", () => {
  const report = runReport({ outOfMemory: [outOfMemoryReport({ test: "f" })] });
  assert.equal(explain(report)?.test, "f");
});

test("a test that is asked for is looked into, also if it passed; another one is not there", () => {
  assert.deepEqual(explain(runReport(), "b"), {
    test: "b",
    earlier: ["a"],
    suspects: { likely: [], possible: [["a"]] },
  });
  assert.equal(explain(runReport(), "x"), null);
});

describe("of a test that lacked memory", () => {
  const [a, b, c] = ["a", "b", "c"].map((owner, index) => ownerShare({ test: owner, bytesPerBank: 100 * (index + 1) }));
  assert.ok(a && b && c);
  const own = ownerShare({ test: "e", testsAgo: 0, bytesPerBank: 50 });
  const fixture = ownerShare({ test: "a", fixture: "weights", bytesPerBank: 50 });
  const owners = [c, b, a, own, fixture];
  const room = { totalBytesPerBank: 1000, freeBytesPerBank: 300, largestFreeBytesPerBank: 300, freePieces: 1 };
  const likelyOf = (bytesPerBank: number, change: Partial<RunReport["outOfMemory"][number]> = {}) => {
    const moment = {
      test: "e",
      owners,
      fitsWithout: [a],
      room,
      shortage: "too-little",
      bytesPerBank,
      ...change,
    } as const;
    return explain(runReport({ outOfMemory: [outOfMemoryReport(moment)] }))?.suspects.likely;
  };

  // Without what earlier tests left, 900 of 1,000 would be free: c has 300 of it, b 200 and a 100.
  for (const [wanted, least] of [
    [601, ["c"]],
    [600, ["b", "c"]],
    [401, ["b", "c"]],
  ] as const) {
    test(`the largest that leave less than ${wanted} free are suspected first, then all that was live`, () => {
      assert.deepEqual(likelyOf(wanted), [least, ["a", "b", "c"]]);
    });
  }

  test("all of them, once, where it takes all", () => {
    assert.deepEqual(likelyOf(400), [["a", "b", "c"]]);
  });

  test("where there was no free piece, those in the way are suspected first", () => {
    assert.deepEqual(likelyOf(100, { shortage: "fragmented" }), [["a"], ["a", "b", "c"]]);
  });

  test("a repeat tells nothing of the test itself", () => {
    assert.deepEqual(likelyOf(601, { repeat: 1 }), []);
  });
});

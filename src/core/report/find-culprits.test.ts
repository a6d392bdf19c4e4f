import assert from "node:assert/strict";
import { test } from "node:test";
import { findCulprits } from "./find-culprits.ts";

const NOBODY = { likely: [], possible: [] };
const EARLIER = Array.from({ length: 100 }, (_, index) => `t${index}`);

/** Fails after all of these; asks are counted as runs, each once. */
function suite(needed: readonly string[] | "alone" | "never") {
  const runs = new Map<string, boolean>();
  const failsAfter = async (tests: readonly string[]): Promise<boolean> => {
    const fails = needed === "alone" || (needed !== "never" && needed.every((each) => tests.includes(each)));
    runs.set(tests.join(), fails);
    return fails;
  };
  return { runs, failsAfter };
}

for (const [what, needed, suspects, kind, most] of [
  ["one suspect that is to blame", ["t7"], [["t7"]], "found", 2],
  ["two that are, only together", ["t7", "t9"], [["t7"], ["t7", "t9"]], "found", 3],
  ["one of four suspects", ["t9"], [["t2", "t3", "t7", "t9"]], "found", 6],
  ["nobody who is suspected", ["t42"], [["t7"]], "found", 20],
  ["nobody, and there are no suspects", ["t99"], [], "found", 18],
  ["no test at all: it fails alone", "alone", [], "alone", 1],
  ["no test at all, whoever is suspected", "alone", [["t7", "t9"]], "alone", 3],
  ["nothing that happens again", "never", [["t7"]], "not-reproduced", 3],
] as const) {
  test(`${what}: at most ${most} runs`, async () => {
    const { runs, failsAfter } = suite(needed);
    const found = await findCulprits(EARLIER, { likely: suspects, possible: [] }, failsAfter);
    assert.deepEqual(found, { kind, culprits: kind === "found" ? needed : [] });
    assert.ok(runs.size <= most, `${runs.size} runs`);
  });
}

test("a test that nothing ran before fails alone, or not again", async () => {
  assert.equal((await findCulprits([], NOBODY, suite("alone").failsAfter)).kind, "alone");
  assert.equal((await findCulprits([], NOBODY, suite("never").failsAfter)).kind, "not-reproduced");
});

test("who left memory is tried after the test alone, and before all others", async () => {
  const { runs, failsAfter } = suite(["t7"]);
  const found = await findCulprits(EARLIER, { likely: [], possible: [["t7", "t8"]] }, failsAfter);
  assert.deepEqual(found.culprits, ["t7"]);
  assert.deepEqual([...runs.keys()], ["", "t7,t8", "t7"]);
});

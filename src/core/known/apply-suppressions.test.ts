import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { finding, KB, testReport } from "../../../fixtures/report/builders.ts";
import { suppression } from "../../../fixtures/report/known.ts";
import type { Finding } from "../model/finding.ts";
import type { Suppression } from "../model/suppression.ts";
import { applySuppressions } from "./apply-suppressions.ts";

const ORIGIN = { operation: "ttnn.zeros", file: "models/rope.py", line: 12, function: "table", testLine: null };
const LEFT = finding({
  test: "t.py::a[1]",
  sizeBytes: 24 * KB,
  signature: "s",
  earlierSignatures: ["v1"],
  origin: ORIGIN,
  holders: ["models.rope._TABLE[0]"],
});
const TODAY = "2026-03-31";

function suppressed(
  entries: readonly Suppression[],
  findings: readonly Finding[] = [LEFT],
  failsStale = false,
  isFileGone: (file: string) => boolean = () => false,
) {
  const tests = [testReport("t.py::a[1]")];
  const file = { file: "s.toml", path: "/suite/s.toml", entries };
  const { findings: told, uses } = applySuppressions(findings, file, { tests, isFileGone, today: TODAY, failsStale });
  return { told, states: uses.map(({ state }) => state), uses };
}

describe("a finding is known where all that a suppression says of it is so", () => {
  for (const [what, differences, isKnown] of [
    ["its signature", { signature: "s" }, true],
    ["what an earlier version called it", { signature: "v1" }, true],
    ["another signature", { signature: "S" }, false],
    ["a pattern of its test", { tests: "t.py::*" }, true],
    ["a pattern of some of the tests", { tests: "t.py::a[1]", signature: "S" }, false],
    ["its memory type", { tests: "*", memoryType: "DRAM" }, true],
    ["another memory type", { tests: "*", memoryType: "L1" }, false],
    ["the operation that made it", { origin: "ttnn.*" }, true],
    ["the file that made it", { origin: "models/*" }, true],
    ["the function that made it", { origin: "models/rope.py::table" }, true],
    ["another function", { origin: "models/rope.py::other" }, false],
    ["what holds it", { holder: "*._TABLE[*]" }, true],
    ["another holder", { holder: "*._CACHE[*]" }, false],
    ["its test and another holder", { tests: "*", holder: "*._CACHE[*]" }, false],
  ] as const) {
    test(`${what}: ${isKnown ? "known" : "not known"}`, () => {
      const { told, states } = suppressed([suppression(differences)]);
      const known = { by: "suppression", reason: "the table is shared", ref: null };
      assert.deepEqual([told[0]?.fails, told[0]?.known], isKnown ? [false, known] : [true, null]);
      assert.deepEqual(states, [isKnown ? "used" : "unused"]);
    });
  }
});

describe("a suppression with a signature and a test goes on where the file of the test was renamed", () => {
  for (const [what, differences, gone, isKnown] of [
    ["its file is gone", { signature: "s", tests: "old.py::a*" }, ["old.py"], true],
    ["its file is still there", { signature: "s", tests: "old.py::a*" }, [], false],
    ["its test has another name", { signature: "s", tests: "old.py::b*" }, ["old.py"], false],
    ["it has no signature", { tests: "old.py::a*" }, ["old.py"], false],
    ["its file is a pattern", { signature: "s", tests: "old*::a*" }, ["old*"], false],
    ["its file ran", { signature: "s", tests: "t.py::b*" }, ["t.py"], false],
  ] as const) {
    test(`${what}: ${isKnown ? "known" : "not known"}`, () => {
      const files: readonly string[] = gone;
      const { told } = suppressed([suppression(differences)], [LEFT], false, (file) => files.includes(file));
      assert.equal(told[0]?.known !== null, isKnown);
    });
  }
});

test("without an origin or holder that is known, a pattern of them does not match", () => {
  const bare = { ...LEFT, origin: null, holders: [] };
  assert.deepEqual(suppressed([suppression({ origin: "*" })], [bare]).states, ["unused"]);
  assert.deepEqual(suppressed([suppression({ holder: "*" })], [bare]).states, ["unused"]);
});

describe("all that a suppression matches in a run counts against what it allows", () => {
  const two = [LEFT, { ...LEFT, test: "t.py::a[2]" }];
  for (const [what, differences, state] of [
    ["one byte less", { maxBytes: 48 * KB - 1 }, "exceeded"],
    ["as many bytes", { maxBytes: 48 * KB }, "used"],
    ["one byte more", { maxBytes: 48 * KB + 1 }, "used"],
  ] as const) {
    test(`${what}: ${state}`, () => {
      const { told, states } = suppressed([suppression({ tests: "*", ...differences })], two);
      assert.deepEqual(states, [state]);
      assert.ok(told.every(({ fails }) => fails === (state === "exceeded")));
    });
  }
});

test("more than is allowed fails, and says how much that is", () => {
  const buffers = [1n, 2n].map((address) => ({
    address,
    sizeBytes: 12 * KB,
    tensor: null,
    inside: [],
    allocated: null,
  }));
  const { told } = suppressed([suppression({ tests: "*", maxBytes: 12 * KB, maxBuffers: 1 })], [{ ...LEFT, buffers }]);
  assert.match(
    told[0]?.evidence ?? "",
    / The suppression at s\.toml:3 allows 12\.0 KB in 1 buffer, and what it matches has 24\.0 KB in 2 buffers\.$/,
  );
  const two = suppressed([suppression({ tests: "*", maxBuffers: 2 })], [{ ...LEFT, buffers }]);
  assert.deepEqual(two.states, ["used"]);
});

for (const [until, state] of [
  ["2026-03-30", "expired"],
  ["2026-03-31", "used"],
  ["2026-04-01", "used"],
] as const) {
  test(`on ${TODAY}, what holds until ${until} is ${state}`, () => {
    const { told, states } = suppressed([suppression({ tests: "*", until })]);
    assert.deepEqual(states, [state]);
    assert.equal(told[0]?.fails, state === "expired");
    if (state === "expired") assert.match(told[0]?.evidence ?? "", / held until 2026-03-30\.$/);
  });
}

test("one that still holds comes before one that has expired; else the first that matches", () => {
  const expired = suppression({ tests: "*", until: "2020-01-01" });
  const [first, second] = [suppression({ tests: "*", reason: "1" }), suppression({ signature: "s", reason: "2" })];
  const { told, states } = suppressed([expired, first, second]);
  assert.equal(told[0]?.known?.reason, "1");
  assert.deepEqual(states, ["expired", "used", "unused"]);
});

test("what matches nothing is a finding at its line, which fails where what is out of date does", () => {
  for (const failsStale of [false, true]) {
    const { told } = suppressed([suppression({ signature: "gone" })], [], failsStale);
    const [{ verdict, fails, markedAt, evidence } = finding()] = told;
    assert.deepEqual(
      [told.length, verdict, fails, markedAt],
      [1, "fixed", failsStale, { file: "/suite/s.toml", line: 3 }],
    );
    assert.match(
      evidence,
      /^It is suppressed \(the table is shared\), and no test left anything like it\. Remove the supp/,
    );
  }
});

test("what has expired and matches nothing is gone where its tests were checked, else only expired", () => {
  for (const [tests, gone] of [
    ["t.py::*", 1],
    ["u.py::*", 0],
  ] as const) {
    const { told, states } = suppressed([suppression({ tests, until: "2020-01-01" })], []);
    assert.deepEqual([told.length, states], [gone, ["expired"]]);
  }
});

test("what is for tests that were not checked is not out of date", () => {
  const { told, states } = suppressed([suppression({ tests: "u.py::*" })], []);
  assert.deepEqual([told, states], [[], ["not-checked"]]);
});

test("where what is out of date fails, so does what it matches, though its verdict does not", () => {
  const lenient = { ...LEFT, verdict: "suspect", fails: false } as const;
  const { told } = suppressed([suppression({ tests: "*", maxBytes: 1 })], [lenient], true);
  assert.equal(told[0]?.fails, true);
});

test("what is marked already, freed in time, or a peak is not a suppression's", () => {
  const known = { by: "mark", reason: "marked", ref: null } as const;
  const others = [
    { ...LEFT, fails: false, known },
    { ...LEFT, verdict: "late-free", fails: false } as const,
    { ...LEFT, verdict: "over-limit" } as const,
  ];
  const { told, states } = suppressed([suppression({ tests: "*" })], others);
  assert.deepEqual(told.slice(0, 3), others);
  assert.deepEqual(states, ["unused"]);
});

test("what an earlier entry matches is not told to be gone by a later one", () => {
  const { told, states } = suppressed([suppression({ tests: "*", maxBytes: 1 }), suppression({ tests: "*" })]);
  assert.deepEqual(states, ["exceeded", "unused"]);
  assert.deepEqual(
    told.map(({ verdict }) => verdict),
    [LEFT.verdict],
  );
});

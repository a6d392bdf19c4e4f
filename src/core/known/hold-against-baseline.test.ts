import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { finding, KB, testReport } from "../../../fixtures/report/builders.ts";
import type { BaselineEntry } from "../model/baseline.ts";
import type { Finding } from "../model/finding.ts";
import { holdAgainstBaseline } from "./hold-against-baseline.ts";
import { baselineLeftovers } from "./leftover.ts";

const TESTS = ["a", "b[1]", "b[2]"].map((test) => testReport(test));

function left(test: string | null, sizeBytes: number, differences: Partial<Finding> = {}): Finding {
  return finding({ test, sizeBytes, signature: `s:${test}`, evidence: "It stays.", ...differences });
}

function entry(test: string | null, sizeBytes: number, signature = `s:${test}`): BaselineEntry {
  return { signature, test, sizeBytes, buffers: 1, checkedTests: null };
}

const run = { tests: TESTS, isFileGone: () => false };

function held(findings: readonly Finding[], entries: readonly BaselineEntry[], tolerance = { bytes: 0, share: 0 }) {
  const { findings: told, report } = holdAgainstBaseline(findings, { name: "base.txt", tolerance, entries }, run);
  return { states: told.map(({ baseline, fails }) => [baseline, fails]), told, report };
}

test("what the baseline has is known and does not fail; what is new does", () => {
  const { states, told, report } = held([left("a", 8), left("b[1]", 8)], [entry("a", 8)]);
  assert.deepEqual(states, [
    ["known", false],
    ["new", true],
  ]);
  assert.deepEqual(told[0]?.known, { by: "baseline", reason: "it is in the baseline base.txt", ref: null });
  assert.deepEqual(report, {
    name: "base.txt",
    entries: 1,
    findings: { new: 1, grew: 0, known: 1 },
    gone: [],
    notChecked: 0,
    withoutFile: [],
  });
});

for (const [sizeBytes, state] of [
  [99, "known"],
  [110, "known"],
  [111, "grew"],
] as const) {
  test(`with a tolerance of 10 %, ${sizeBytes} bytes where the baseline has 100: ${state}`, () => {
    const { states } = held([left("a", sizeBytes)], [entry("a", 100)], { bytes: 0, share: 0.1 });
    assert.deepEqual(states, [[state, state === "grew"]]);
  });
}

test("all findings of a signature together are more or not, and say how much that is", () => {
  const findings = ["b[1]", "b[2]"].map((test) => left(test, 24 * KB, { signature: "s" }));
  const { states, told } = held(findings, [entry("b", 24 * KB, "s")]);
  assert.deepEqual(states, [
    ["grew", true],
    ["grew", true],
  ]);
  assert.equal(
    told[0]?.evidence,
    "It stays. The baseline has 24.0 KB in 1 buffer of this, and the run left 48.0 KB in 0 buffers.",
  );
});

test("a run that is held against its own baseline has nothing new, nothing gone, and passes", () => {
  const one = fc.record({
    test: fc.constantFrom("a", "b[1]", "b[2]", null),
    signature: fc.constantFrom("s1", "s2", "s3"),
    earlierSignatures: fc.constantFrom([], ["v1"], ["s1"]),
    sizeBytes: fc.nat(100),
    attempt: fc.integer({ min: 1, max: 2 }),
    device: fc.nat(1),
  });
  fc.assert(
    fc.property(fc.array(one), (some) => {
      const findings = some.map((differences) => finding(differences));
      const { states, report } = held(findings, baselineLeftovers({ tests: TESTS, findings }));
      assert.ok(states.every(([state, fails]) => state === "known" && fails === false));
      assert.deepEqual([report.gone, report.notChecked], [[], 0]);
    }),
  );
});

test("what the run did not leave is gone where its test was checked, else not known", () => {
  const gone = entry("b", 8);
  const { report } = held([], [gone, entry("c", 8), entry(null, 8)]);
  assert.deepEqual([report.gone, report.notChecked], [[gone, entry(null, 8)], 1]);
});

test("what an earlier version called by another signature is still found by it", () => {
  const findings = ["s1", "s2"].map((signature) => left("a", 8, { signature, earlierSignatures: ["v1"] }));
  assert.deepEqual(held(findings, [entry("a", 16, "v1")]).states, [
    ["known", false],
    ["known", false],
  ]);
  assert.deepEqual(held(findings, [entry("a", 15, "v1")]).states[0], ["grew", true]);
  assert.deepEqual(held(findings, [entry("a", 8, "v1"), entry("a", 8, "s1"), entry("a", 8, "s2")]).report.gone, []);
});

for (const [what, isFileGone, tests, state] of [
  ["goes on where the file was renamed", true, ["new.py::t"], "known"],
  ["is another's where the file is still there", false, ["new.py::t"], "new"],
  ["is another's where the test of the baseline ran, too", true, ["old.py::t", "new.py::t"], "new"],
] as const) {
  test(`an entry of a test of that name in another file ${what}`, () => {
    const findings = [left("new.py::t", 8, { signature: "s" })];
    const baseline = { name: "base.txt", tolerance: { bytes: 0, share: 0 }, entries: [entry("old.py::t", 8, "s")] };
    const ran = { tests: tests.map((each) => testReport(each)), isFileGone: () => isFileGone };
    const { findings: told } = holdAgainstBaseline(findings, baseline, ran);
    assert.deepEqual(
      told.map(({ baseline: each, fails }) => [each, fails]),
      [[state, state === "new"]],
    );
  });
}

test("an entry whose file is gone, and whose test went nowhere that ran, is told apart", () => {
  const [old, other] = [entry("m/old.py::t", 8, "s1"), entry("m/there.py::t", 8, "s2")];
  const baseline = { name: "base.txt", tolerance: { bytes: 0, share: 0 }, entries: [old, other] };
  const ran = { tests: [testReport("m/new.py::u")], isFileGone: (file: string) => file === "m/old.py" };
  const { gone, notChecked, withoutFile } = holdAgainstBaseline([], baseline, ran).report;
  assert.deepEqual([gone, notChecked, withoutFile], [[], 2, [old]]);
});

test("an entry of a wider fixture is not gone where the process died before the fixture ended", () => {
  const baseline = {
    name: "base.txt",
    tolerance: { bytes: 0, share: 0 },
    entries: [entry("a", 8, "v2:dram:fixture_table:4f0c9a1be23d")],
  };
  for (const endedMidway of [false, true]) {
    const ran = { tests: [{ ...testReport("a"), endedMidway }], isFileGone: () => false };
    const { gone, notChecked } = holdAgainstBaseline([], baseline, ran).report;
    assert.deepEqual([gone.length, notChecked], endedMidway ? [0, 1] : [1, 0]);
  }
});

test("an entry of more parameters than were checked is not gone, and as much as there is known", () => {
  const ofTwo = { ...entry("a", 16), checkedTests: 2 };
  assert.deepEqual([held([], [ofTwo]).report.gone, held([], [ofTwo]).report.notChecked], [[], 1]);
  assert.deepEqual(held([left("a", 8)], [ofTwo]).states, [["known", false]]);
});

test("what is known by a mark or a suppression stays as it is, and is not gone", () => {
  const marked = left("a", 900, { fails: false, known: { by: "mark", reason: "shared", ref: null } });
  const { told, report } = held([marked], [entry("a", 8)]);
  assert.deepEqual([told, report.gone], [[marked], []]);
});

test("what no baseline has keeps its verdict: memory freed in time, peaks, tests that were not checked", () => {
  const others = (["late-free", "over-limit", "not-checked"] as const).map((verdict) => left("a", 8, { verdict }));
  assert.deepEqual(held(others, [entry("a", 8)]).told, others);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KB, testReport } from "../../../fixtures/report/builders.ts";
import { changesOf, left, runOf, TESTS } from "../../../fixtures/report/two-runs.ts";
import { compareLeftovers } from "./compare-two-runs.ts";
import { leftoversOf } from "./leftover.ts";
import { NO_TOLERANCE } from "./tolerance.ts";

test("what two runs left is joined by signature: new, grew, same, shrank, gone, and what was not checked", () => {
  const before = runOf(TESTS, [left("b", 8), left("c", 8), left("d", 8), left("e", 8), left("f", 8)]);
  const after = runOf(TESTS, [left("a", 8), left("b", 9), left("c", 8), left("d", 7)]);
  assert.deepEqual(changesOf(before, after), [
    ["new", "a", true],
    ["grew", "b", true],
    ["same", "c", false],
    ["shrank", "d", false],
    ["gone", "e", false],
    ["not-checked", "f", false],
  ]);
});

test("runs whose signatures are of two versions are joined by the earlier one, whichever run is the later", () => {
  const [old, young] = [
    left("a", 8, { signature: "v1" }),
    left("a", 8, { signature: "v2", earlierSignatures: ["v1"] }),
  ];
  for (const [before, after] of [
    [old, young],
    [young, old],
    [young, young],
  ] as const) {
    assert.deepEqual(changesOf(runOf(TESTS, [before]), runOf(TESTS, [after])), [["same", "a", false]]);
  }
});

for (const outcome of ["skipped", "failed", "error", "xfailed"] as const) {
  test(`a test that was ${outcome} shows nothing to be gone`, () => {
    const after = { ...runOf([], []), tests: [testReport("a", { outcome })] };
    assert.deepEqual(changesOf(runOf(["a"], [left("a", 8)]), after), [["not-checked", "a", false]]);
  });
}

test("what is new and known does not make the later run fail", () => {
  const known = { fails: false, known: { by: "mark", reason: "shared", ref: null } } as const;
  assert.deepEqual(changesOf(runOf(TESTS, []), runOf(TESTS, [left("a", 8, known)])), [["new", "a", false]]);
});

for (const [what, tolerance, sizeBytes, change] of [
  ["a number of bytes", { bytes: 10, share: 0 }, 110, "same"],
  ["a number of bytes", { bytes: 10, share: 0 }, 111, "grew"],
  ["a share", { bytes: 0, share: 0.1 }, 110, "same"],
  ["a share", { bytes: 0, share: 0.1 }, 111, "grew"],
  ["no tolerance", NO_TOLERANCE, 101, "grew"],
  ["no tolerance", NO_TOLERANCE, 99, "shrank"],
] as const) {
  test(`with ${what}, ${sizeBytes} bytes where 100 were: ${change}`, () => {
    const changes = changesOf(runOf(["a"], [left("a", 100)]), runOf(["a"], [left("a", sizeBytes)]), tolerance);
    assert.deepEqual(changes, [[change, "a", change === "grew"]]);
  });
}

test("a test left what it left on one chip, whichever has most", () => {
  const chips = [left("a", 8), left("a", 9, { device: 1 }), left("b", 5, { device: 1, signature: "DRAM:a" })];
  assert.deepEqual(
    [...leftoversOf(runOf([], chips)).values()].map(({ findings, sizeBytes }) => [findings, sizeBytes]),
    [
      [2, 9],
      [1, 5],
    ],
  );
});

test("a test that failed and was run again left what its largest attempt left, with all findings of that attempt", () => {
  const attempts = [left("a", 8), left("a", 8), left("a", 9, { attempt: 2 })];
  assert.deepEqual(
    [...leftoversOf(runOf([], attempts)).values()].map(({ findings, sizeBytes }) => [findings, sizeBytes]),
    [[3, 16]],
  );
});

test("parameters of one test are together, and what lies between tests is, too", () => {
  const alike = ["a[1]", "a[2]", null, null].map((test) => left(test, KB, { signature: "s" }));
  const together = [...leftoversOf(runOf(["a[1]", "a[2]", "a[3]"], alike)).values()];
  assert.deepEqual(
    together.map(({ test, findings, sizeBytes, checkedTests }) => [test, findings, sizeBytes, checkedTests]),
    [
      ["a", 2, 2 * KB, 3],
      [null, 2, 2 * KB, null],
    ],
  );
});

test("what is freed in time, expected or a peak is not left behind", () => {
  const others = (
    ["late-free", "retained", "expected", "program-cache", "over-limit", "not-checked", "fixed"] as const
  ).map((verdict) => left("a", 8, { verdict }));
  assert.equal(leftoversOf(runOf([], others)).size, 0);
});

for (const [checked, leftBytes, change] of [
  [["a[1]"], 8, "not-checked"],
  [["a[1]"], 0, "not-checked"],
  [["a[1]"], 16, "same"],
  [["a[1]"], 17, "grew"],
  [["a[1]", "a[2]"], 8, "shrank"],
  [["a[1]", "a[2]"], 0, "gone"],
  [["a[1]", "a[2]", "a[3]"], 8, "shrank"],
] as const) {
  test(`of 16 bytes that two parameters left, ${leftBytes} in a run of ${checked.length} of them: ${change}`, () => {
    const alike = (test: string, sizeBytes: number) => left(test, sizeBytes, { signature: "s" });
    const before = runOf(["a[1]", "a[2]"], [alike("a[1]", 8), alike("a[2]", 8)]);
    const after = runOf(checked, leftBytes === 0 ? [] : [alike("a[1]", leftBytes)]);
    assert.deepEqual(
      changesOf(before, after).map(([each]) => each),
      [change],
    );
  });
}

test("what a wider fixture left is the same, whichever test was the first to ask for it", () => {
  const ofFixture = (test: string) => left(test, 8, { signature: "v2:dram:fixture_table:4f0c9a1be23d" });
  const changes = changesOf(runOf(TESTS, [ofFixture("a")]), runOf(TESTS, [ofFixture("b")]));
  assert.deepEqual(changes, [["same", "b", false]]);
});

for (const [endedMidway, change] of [
  [false, "gone"],
  [true, "not-checked"],
] as const) {
  test(`what a wider fixture left is ${change} where the process ${endedMidway ? "died before it ended" : "went on"}, and a test's own is gone`, () => {
    const ofFixture = left("a", 8, { signature: "v2:dram:fixture_table:4f0c9a1be23d" });
    const after = { findings: [], tests: [{ ...testReport("a"), endedMidway }] };
    assert.deepEqual(changesOf(runOf(["a"], [ofFixture]), after), [[change, "a", false]]);
    assert.deepEqual(changesOf(runOf(["a"], [left("a", 8)]), after), [["gone", "a", false]]);
  });
}

test("a run is the same as itself, and what is new one way is gone the other way", () => {
  const findings = fc.array(
    fc.record({
      name: fc.constantFrom(...TESTS),
      sizeBytes: fc.nat(1_000_000),
      attempt: fc.integer({ min: 1, max: 3 }),
    }),
  );
  const run = findings.map((all) =>
    runOf(
      TESTS,
      all.map(({ name, ...rest }) => left(name, rest.sizeBytes, rest)),
    ),
  );
  fc.assert(
    fc.property(run, run, (one, other) => {
      assert.ok(compareLeftovers(one, one, NO_TOLERANCE).every(({ change }) => change === "same"));
      const amounts = (changes: ReturnType<typeof changesOf>, wanted: string) =>
        changes.filter(([change]) => change === wanted).length;
      const [there, back] = [changesOf(one, other), changesOf(other, one)];
      assert.equal(amounts(there, "new"), amounts(back, "gone"));
      assert.equal(amounts(there, "grew"), amounts(back, "shrank"));
      assert.equal(there.length, back.length);
    }),
  );
});

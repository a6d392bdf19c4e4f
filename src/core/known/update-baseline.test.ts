import assert from "node:assert/strict";
import { test } from "node:test";
import { finding, testReport } from "../../../fixtures/report/builders.ts";
import type { NotedEntry } from "../model/baseline.ts";
import { updateBaseline } from "./update-baseline.ts";

function entry(test: string, sizeBytes: number, checkedTests: number): NotedEntry {
  return { signature: "s", test, sizeBytes, buffers: 0, checkedTests, note: "as before" };
}

/** What becomes of entries after a run of these tests, each of which left these bytes. */
function updated(before: readonly NotedEntry[], tests: Readonly<Record<string, number>>, gone: readonly string[] = []) {
  const names = Object.keys(tests);
  const findings = names.map((test) => finding({ test, sizeBytes: tests[test] ?? 0, signature: "s" }));
  const run = {
    tests: names.map((test) => testReport(test)),
    findings: findings.filter(({ sizeBytes }) => sizeBytes > 0),
  };
  const { entries, ...amounts } = updateBaseline(
    before,
    run,
    () => "of the run",
    (file) => gone.includes(file),
  );
  const [is] = Object.entries(amounts).filter(([, amount]) => amount > 0);
  const cells = entries.map(({ test, sizeBytes, checkedTests }) => [test, sizeBytes, checkedTests]);
  return { is: is?.[0], entries: cells, notes: entries.map(({ note }) => note) };
}

for (const [what, tests, is, entries] of [
  ["less in a run of fewer parameters", { "t.py::x[1]": 8 }, "kept", [["t.py::x", 16, 2]]],
  ["nothing in a run of fewer parameters", { "t.py::x[1]": 0 }, "kept", [["t.py::x", 16, 2]]],
  ["as much in a run of fewer parameters", { "t.py::x[1]": 16 }, undefined, [["t.py::x", 16, 2]]],
  ["more in a run of fewer parameters", { "t.py::x[1]": 17 }, "changed", [["t.py::x", 17, 2]]],
  ["less in a run of as many", { "t.py::x[1]": 8, "t.py::x[2]": 0 }, "changed", [["t.py::x", 8, 2]]],
  ["nothing in a run of as many", { "t.py::x[1]": 0, "t.py::x[2]": 0 }, "removed", []],
  ["less in a run of more", { "t.py::x[1]": 4, "t.py::x[2]": 0, "t.py::x[3]": 0 }, "changed", [["t.py::x", 4, 3]]],
] as const) {
  test(`an entry of 16 bytes of two parameters, and ${what}: ${is ?? "the same"}`, () => {
    const { notes: _, ...found } = updated([entry("t.py::x", 16, 2)], tests);
    assert.deepEqual(found, { is, entries });
  });
}

test("the comment of an entry stays until the entry changes", () => {
  const notesAfter = (leftBytes: number) => updated([entry("t.py::x", 16, 1)], { "t.py::x": leftBytes }).notes;
  assert.deepEqual([notesAfter(16), notesAfter(17)], [["as before"], ["of the run"]]);
});

for (const [what, leftBytes, gone, is, entries] of [
  ["was renamed", 8, ["old.py"], "changed", [["new.py::x", 8, 1]]],
  ["was renamed and the leak fixed", 0, ["old.py"], "removed", []],
  ["is still there", 0, [], "kept", [["old.py::x", 8, 1]]],
] as const) {
  test(`an entry of a test whose file ${what}: ${is}`, () => {
    const { notes: _, ...found } = updated([entry("old.py::x", 8, 1)], { "new.py::x": leftBytes }, gone);
    assert.deepEqual(found, { is, entries });
  });
}

test("tests of one name in two files have an entry each, and one that is gone leaves the other", () => {
  const both = [entry("a.py::x", 8, 1), entry("b.py::x", 16, 1)];
  const { is, entries } = updated(both, { "a.py::x": 0, "b.py::x": 16 });
  assert.deepEqual([is, entries], ["removed", [["b.py::x", 16, 1]]]);
});

test("entries of files that are gone are kept while nobody knows where their tests went, and counted", () => {
  const entries = [entry("old.py::x", 8, 1), entry("gone.py::y", 8, 1)];
  const run = { tests: [testReport("new.py::z")], findings: [] };
  const { kept, withoutFile } = updateBaseline(
    entries,
    run,
    () => "",
    (file) => file === "gone.py",
  );
  assert.deepEqual([kept, withoutFile], [2, 1]);
});

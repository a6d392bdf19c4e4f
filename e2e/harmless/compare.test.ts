import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compare } from "./compare.ts";
import { explain } from "./explanations.ts";
import type { Observations } from "./observations.ts";

function seen(outcome: string, session = "0"): Observations {
  return {
    tests: new Map([["test_a", new Map([["report (call): outcome", outcome]])]]),
    session: new Map([["exit code", session]]),
  };
}

describe("a comparison", () => {
  test("of equal runs has no difference, and says how many fail without us", () => {
    const { tests, failing, differences } = compare([seen("failed"), seen("failed")], [seen("failed")]);
    assert.deepEqual([tests, failing, differences], [1, 1, []]);
  });

  test("finds an outcome that changes when a suite is watched", () => {
    const { differences } = compare([seen("passed"), seen("passed")], [seen("failed")]);
    assert.deepEqual(differences, [
      { test: "test_a", aspect: "report (call): outcome", without: "passed", with: "failed" },
    ]);
  });

  test("finds a test that did not run, and one that should not have", () => {
    const nothing: Observations = { tests: new Map(), session: new Map([["exit code", "0"]]) };
    assert.equal(compare([seen("passed")], [nothing]).differences.length, 1);
    assert.equal(compare([nothing], [seen("passed")]).differences.length, 1);
  });

  test("finds a difference of the session", () => {
    const [difference] = compare([seen("passed", "0")], [seen("passed", "1")]).differences;
    assert.deepEqual(difference, { test: null, aspect: "exit code", without: "0", with: "1" });
  });

  test("calls what changes without us unsteady, and no difference", () => {
    const { unsteady, differences } = compare([seen("passed"), seen("failed")], [seen("passed")]);
    assert.deepEqual([unsteady, differences], [["test_a"], []]);
  });
});

describe("an explanation", () => {
  const listed = (without: string, withUs: string): readonly string[] | null =>
    explain({ test: null, aspect: "standard output", without, with: withUs });

  test("covers a difference that is all of its kind", () => {
    assert.deepEqual(listed("fixtures: cache, tmpdir", "fixtures: cache, clear_program_cache_after_test, tmpdir"), [
      "fixture-name",
    ]);
  });

  test("covers none that has something else too", () => {
    assert.equal(listed("fixtures: cache", "fixtures: clear_program_cache_after_test, cache and more"), null);
  });

  test("covers with others what several kinds came together in", () => {
    const marker = '@pytest.mark.memwatch(limit="1 MB"): how much\n\n';
    const both = `${marker}fixtures: clear_program_cache_after_test, cache`;
    assert.deepEqual(listed("fixtures: cache", both), ["fixture-name", "marker"]);
  });

  test("covers our lines below headings of their own, between the output of attempts", () => {
    const ours = "-- Captured stderr teardown --\nDATE | INFO | CLEANUP: Starting post-test cleanup...\n";
    const attempt = "-- Captured stderr call --\nerror\n";
    assert.deepEqual(listed(attempt + attempt, attempt + ours + attempt + ours), ["cleanup-lines"]);
    assert.deepEqual(listed("= PASSES =\n= 1 passed =", `= PASSES =\n__ test_a __\n${ours}= 1 passed =`), [
      "cleanup-lines",
    ]);
    assert.deepEqual(listed("--- generated xml file", `__ test_a __\n${ours}--- generated xml file`), [
      "cleanup-lines",
    ]);
    assert.equal(listed(attempt + attempt, `${attempt}-- Captured stderr teardown --\nmore\n${attempt}`), null);
  });

  const entry = (values: string): string => `a.py:1:\n_ _ _ _ \n\n${values}    def fail(value):\n>       raise\n`;

  test("covers the arguments of an emptied frame, and nothing that came in their place", () => {
    assert.deepEqual(listed(entry("value = [1,\n  2]\n\n"), entry("")), ["emptied-frames"]);
    assert.equal(listed(entry("value = 1\n\n"), entry("value = 2\n\n")), null);
    assert.equal(listed(entry(""), entry("value = 2\n\n")), null);
    assert.equal(listed(entry("value = 1\n\n"), entry("").replace("raise", "return")), null);
  });

  test("covers another file descriptor of a child, and no other number", () => {
    assert.deepEqual(listed("pid: 1\nE  child_fd: 27\nclosed: False", "pid: 1\nE  child_fd: 26\nclosed: False"), [
      "freed-descriptors",
    ]);
    assert.equal(listed("pid: 1\nchild_fd: 27", "pid: 2\nchild_fd: 26"), null);
  });
});

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
});

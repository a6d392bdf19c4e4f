import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rulesOf } from "../../../fixtures/run/rules.ts";
import { BANKS, recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import { TracedProcess } from "../../../fixtures/run/traced-process.ts";
import type { Finding } from "../model/finding.ts";
import { grade } from "./grade.ts";

const RULES = rulesOf({ programCache: { DRAM: 1024 * BANKS } });

const [RESHAPE, SUM] = [1, 2];
const STACKS = new Map(
  [
    [RESHAPE, "ttnn.reshape"],
    [SUM, "ttnn.sum"],
  ].map(([number, name]) => [Number(number), [{ file: "", line: 0, function: String(name) }]]),
);

/** A test whose buffers, of 1,024 bytes on each bank, go when the program cache is cleared. */
function cleared(...operations: readonly number[]): Finding | undefined {
  const process = new TracedProcess().begin("a").look("before");
  const addresses = operations.map((_, index) => (index + 1) * 1024);
  operations.forEach((operation, index) => {
    process.allocate((index + 1) * 1024, 1024, { operation });
  });
  process.look("after-collect");
  for (const address of addresses) process.free(address);
  const [finding] = grade(process.look("after-clear").end("a").outcome(STACKS), RULES);
  return finding;
}

describe("memory of the program cache", () => {
  test("is reported by the operations that allocated it, largest first", () => {
    const finding = cleared(RESHAPE, SUM, RESHAPE);
    assert.equal(finding?.verdict, "program-cache");
    assert.deepEqual(finding.holders, ["program cache: entries of ttnn.reshape", "program cache: entries of ttnn.sum"]);
    assert.match(
      finding.evidence,
      /^36\.0 KB in 3 buffers was freed when the program cache was cleared: ttnn\.reshape 24\.0 KB in 2 buffers, ttnn\.sum 12\.0 KB in 1 buffer\.$/,
    );
  });

  test("has the rest, of operations that are not known, at the end", () => {
    const finding = cleared(0, 0, SUM);
    assert.deepEqual(finding?.holders, ["program cache: entries of ttnn.sum", "program cache"]);
    assert.match(finding.evidence, /: ttnn\.sum 12\.0 KB in 1 buffer, of unknown operations 24\.0 KB in 2 buffers\.$/);
  });

  test("is only the program cache's where no operation is known", () => {
    const finding = cleared(0);
    assert.deepEqual(finding?.holders, ["program cache"]);
    assert.match(finding.evidence, /^12\.0 KB in 1 buffer was freed when the program cache was cleared\.$/);
  });

  test("is reported with the entries that the test added", () => {
    const scenario = new Scenario().begin("a").look("before", {}, { cacheEntries: 2 });
    scenario
      .look("after-collect", { DRAM: { 0: 100 } }, { cacheEntries: 5 })
      .look("after-clear", {})
      .end("a");
    const [finding] = grade(recordOf(scenario), RULES);
    assert.match(finding?.evidence ?? "", /when the program cache, which had 3 new entries, was cleared\.$/);
  });
});

describe("where the program cache is never cleared", () => {
  function kept(bytesPerBank: number, cacheEntries: number): Finding | undefined {
    const scenario = new Scenario(0, "never").begin("a").look("before", {});
    scenario.look("after-collect", { DRAM: { 0: bytesPerBank } }, { cacheEntries }).end("a");
    return grade(recordOf(scenario), RULES)[0];
  }

  test("what the size rule allows is held by it", () => {
    assert.deepEqual(kept(1024, 1)?.holders, ["program cache"]);
  });

  test("more than that may be, and the new entries are reported", () => {
    const finding = kept(1025, 1);
    assert.deepEqual([finding?.verdict, finding?.holders], ["suspect", []]);
    assert.match(
      finding?.evidence ?? "",
      /\(clear=never\) and has 1 new entry, which may hold the memory without another holder/,
    );
  });

  test("without new entries it has nothing to do with it", () => {
    assert.match(kept(100, 0)?.evidence ?? "", /\(clear=never\)\. Run with --confirm/);
  });
});

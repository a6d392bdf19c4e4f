import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BENCHMARKS_PAGE, benchmarksPage } from "../bench/goals/page.ts";

test("docs/benchmarks.md has what benches measured, and no row that somebody wrote: node bench/goals/render.ts makes it", () => {
  assert.equal(readFileSync(BENCHMARKS_PAGE, "utf8"), benchmarksPage());
});

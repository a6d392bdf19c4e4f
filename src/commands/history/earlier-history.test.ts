import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { ask, home, placeAt } from "../../../fixtures/history/asked-history.ts";
import { dayAt, storedDay } from "../../../fixtures/history/runs.ts";
import type { FindingHistory, ListedRun } from "../../core/model/history.ts";
import { ownFile } from "../../files/own-files.ts";
import { migrationsOf } from "../../out/store/migrations.ts";
import { keepRun } from "./keep-run.ts";

/** What each earlier version wrote. */
const EARLIER = globSync(ownFile("fixtures/history/*.sql")).map((path) => ({ name: basename(path, ".sql"), path }));

describe("a history of an earlier version", () => {
  it("is kept for each migration", () => {
    assert.deepEqual(EARLIER.map(({ name }) => name).toSorted(), Object.keys(migrationsOf("sqlite")));
  });

  for (const { name, path } of EARLIER) {
    it(`that was last migrated by ${name} has its runs, and goes on`, async () => {
      const place = placeAt(join(home, `${name}.db`));
      const file = new DatabaseSync(place.where);
      file.exec(readFileSync(path, "utf8"));
      file.close();
      const [a, b] = ["tests/test_a.py::test_a[1-bf16]", "tests/test_b.py::test_b"] as const;
      await keepRun(place, storedDay(4, [a, b], [{ test: b, sizeBytes: 98_304 }]));
      const { runs }: { readonly runs: readonly ListedRun[] } = await ask(place, "runs");
      assert.deepEqual(
        runs.map(({ startedAt, branch, left, labels }) => [startedAt, branch, left, labels.suite]),
        [
          [dayAt(4), null, 1, undefined],
          [dayAt(3), "main", 1, "nightly"],
          [dayAt(2), "main", 2, "nightly"],
          [dayAt(1), "main", 1, "nightly"],
        ],
      );
      const { findings }: { readonly findings: readonly FindingHistory[] } = await ask(place, "findings");
      assert.deepEqual(
        findings.map(({ test, state, runs: had, sizeBytes }) => [test, state, had, sizeBytes]),
        [
          ["tests/test_b.py::test_b", "known", 3, 98_304],
          ["tests/test_a.py::test_a", "fixed", 2, 49_152],
        ],
      );
    });
  }
});

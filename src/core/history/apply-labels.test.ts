import assert from "node:assert/strict";
import { it } from "node:test";
import { NOWHERE } from "../../../fixtures/history/runs.ts";
import { applyLabels } from "./apply-labels.ts";

it("labels of what is known take its place, and others are added", () => {
  const found = { ...NOWHERE, host: "ci-1", branch: "main", labels: { suite: "nightly" } };
  const labels = new Map([
    ["branch", "topic"],
    ["commit", "4f0c9a1b"],
    ["team", "ops"],
    ["suite", "weekly"],
  ]);
  assert.deepEqual(applyLabels(found, labels), {
    ...{ host: "ci-1", branch: "topic", commit: "4f0c9a1b", board: null, job: null },
    labels: { suite: "weekly", team: "ops" },
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { runOperands } from "../../../fixtures/command/run-operands.ts";
import { historyCommand } from "./history.ts";

for (const [words, message] of [
  [
    ["prune", "--branch", "main"],
    /^history: --branch does not go with prune; it goes with runs, findings, test, export$/,
  ],
  [["--keep-days", "1"], /^history: --keep-days does not go with runs; it goes with prune$/],
  [["findings", "--limit", "1"], /^history: --limit does not go with findings; it goes with runs$/],
  [["runs", "--state", "new"], /^history: --state does not go with runs; it goes with findings$/],
  [["import", "runs.jsonl", "--label", "a=b"], /^history: --label does not go with import; /],
  [["runs", "main"], /^history: "main" is one word too many$/],
  [["export", "main"], /^history: "main" is one word too many$/],
] as const) {
  test(`what would be ignored is wrong use: history ${words.join(" ")}`, async () => {
    await assert.rejects(runOperands(historyCommand, ["--history=./none.db", ...words], "/"), {
      name: "UsageError",
      message,
    });
  });
}

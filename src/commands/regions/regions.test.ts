import assert from "node:assert/strict";
import { test } from "node:test";
import { runOperands } from "../../../fixtures/command/run-operands.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { regionsCommand } from "./regions.ts";

test("a folder that is not there is wrong use, in words and not in the system's code", async () => {
  await assert.rejects(
    runOperands(regionsCommand, ["nowhere"], "/"),
    new UsageError("regions: nowhere cannot be listed: there is no such folder; name a folder with regions"),
  );
});

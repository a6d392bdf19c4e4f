import assert from "node:assert/strict";
import { test } from "node:test";
import { plainIo } from "../../../../fixtures/command/plain-io.ts";
import { defaultRules } from "../../../in/rules/rules-file.ts";
import { openRunAllocations } from "./run-allocations.ts";

const io = plainIo();

async function warningsOf(isServerNamed: boolean): Promise<readonly string[]> {
  const options = { socketPath: "/nowhere/a b.sock", isServerNamed };
  await using allocations = await openRunAllocations("0", io, options, defaultRules());
  assert.equal(await allocations.report(), null);
  return allocations.warnings;
}

test("a server that the user named and that is not there is a warning that says how to start it", async () => {
  assert.deepEqual(await warningsOf(true), [
    "no allocation server took part: there is none on /nowhere/a b.sock; start it before the run: tt-memwatch serve --socket '/nowhere/a b.sock'",
  ]);
});

test("nobody misses a server that was not named", async () => {
  assert.deepEqual(await warningsOf(false), []);
});

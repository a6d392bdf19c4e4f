import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { doctorCommand } from "./doctor.ts";

test("--wait, which commands that need a server have, is refused: doctor reports what is there now", () => {
  const command = doctorCommand.declare(new Command("doctor").exitOverride().configureOutput({ writeErr: () => {} }));
  assert.throws(() => command.parse(["--wait"], { from: "user" }), { code: "commander.unknownOption" });
  assert.doesNotThrow(() => command.parse(["--json"], { from: "user" }));
});

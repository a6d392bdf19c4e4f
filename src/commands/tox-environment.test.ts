import assert from "node:assert/strict";
import { test } from "node:test";
import { toxOverride } from "./tox-environment.ts";

test("adds the names to what tox passes on", () => {
  assert.equal(toxOverride({}, ["PYTHONPATH", "TT_*"]), "testenv.pass_env+=PYTHONPATH,TT_*");
});

test("keeps what the user overrides", () => {
  assert.equal(toxOverride({ TOX_OVERRIDE: "testenv.x=1" }, ["A"]), "testenv.x=1;testenv.pass_env+=A");
});

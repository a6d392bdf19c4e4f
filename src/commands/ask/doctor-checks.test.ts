import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkNode, checkServer, checkSharedMemory, checkTtnn, checkVariables } from "./doctor-checks.ts";

const folder = mkdtempSync(join(tmpdir(), "doctor-"));
after(() => rmSync(folder, { recursive: true }));

for (const [version, state] of [
  ["24.14.9", "wrong"],
  ["24.15.0", "ok"],
  ["25.0.0", "ok"],
  ["22.20.0", "wrong"],
] as const) {
  test(`Node ${version} is ${state}`, () => assert.equal(checkNode(version).state, state));
}

test("a misspelt variable is named, with the one that was meant", () => {
  const [misspelt] = checkVariables({ TT_ALLOC_SERVER_ENABLED: "1", PATH: "/bin" });
  assert.equal(misspelt?.name, "TT_ALLOC_SERVER_ENABLED");
  assert.match(misspelt?.text ?? "", /TT_ALLOC_TRACKING_ENABLED=1/);
});

for (const [value, state] of [
  ["1", "ok"],
  ["true", "wrong"],
  ["0", "wrong"],
] as const) {
  test(`TT_ALLOC_TRACKING_ENABLED=${value} is ${state}`, () => {
    assert.deepEqual(
      checkVariables({ TT_ALLOC_TRACKING_ENABLED: value }).map((check) => check.state),
      [state],
    );
  });
}

test("without a server it says how to start one", async () => {
  const [check] = await checkServer(join(folder, "none.sock"));
  assert.equal(check?.state, "note");
  assert.match(check?.text ?? "", /tt-memwatch serve/);
});

test("a folder that is not there cannot be written", () => {
  assert.equal(checkSharedMemory(join(folder, "none")).state, "wrong");
  assert.equal(checkSharedMemory(folder).name, folder);
});

test("a Python without ttnn is a note", async () => {
  assert.deepEqual((await checkTtnn({ PATH: folder })).state, "note");
});

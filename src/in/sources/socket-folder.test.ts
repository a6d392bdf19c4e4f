import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { ownFolderNameBytes } from "./own-folder.ts";
import { folderCandidates, makeSocketFolder, SOCKET_PATH_BYTES_MAX } from "./socket-folder.ts";

const NAME = "s.sock";
const parent = mkdtempSync(join(tmpdir(), "pf-"));
after(() => rmSync(parent, { recursive: true }));

/** A folder whose socket's path has exactly this many bytes. */
function candidateFor(pathBytes: number): string {
  const rest = Buffer.byteLength(join(parent, "x".repeat(1), "f".repeat(ownFolderNameBytes()), NAME)) - 1;
  const path = join(parent, "x".repeat(pathBytes - rest));
  return path;
}

test("the folder is for its owner only, and goes with all that is in it", () => {
  const folder = makeSocketFolder([parent], NAME);
  assert.equal(statSync(folder.path).mode & 0o777, 0o700);
  writeFileSync(join(folder.path, NAME), "");
  folder[Symbol.dispose]();
  assert.ok(!existsSync(folder.path));
});

test("the runtime folder comes first, if it is an absolute path, and /tmp last", () => {
  assert.deepEqual(folderCandidates({ XDG_RUNTIME_DIR: "/run/user/1" }), ["/run/user/1", tmpdir(), "/tmp"]);
  assert.deepEqual(folderCandidates({ XDG_RUNTIME_DIR: "run" }), [tmpdir(), "/tmp"]);
  assert.deepEqual(folderCandidates({}), [tmpdir(), "/tmp"]);
});

test("a candidate that does not exist is passed over", () => {
  using folder = makeSocketFolder([join(parent, "missing"), parent], NAME);
  assert.equal(dirname(folder.path), parent);
});

for (const [excess, isTaken] of [
  [-1, true],
  [0, true],
  [1, false],
] as const) {
  test(`a socket's path of the limit and ${excess} bytes is ${isTaken ? "taken" : "passed over"}`, () => {
    const candidate = candidateFor(SOCKET_PATH_BYTES_MAX + excess);
    const isTooLong = () => makeSocketFolder([candidate], NAME);
    // The candidate does not exist: whether it was tried shows in the error.
    assert.throws(isTooLong, isTaken ? /ENOENT/ : /leave no room for a socket/);
  });
}

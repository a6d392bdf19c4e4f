import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makePrivateFolder } from "./make-folder.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-folder-"));
after(() => rmSync(home, { recursive: true }));

test("a folder is made with those above it, for its owner alone, once or again", () => {
  const path = join(home, "a", "b", "c");
  makePrivateFolder(path);
  makePrivateFolder(path);
  for (const each of [path, join(home, "a")]) assert.equal(statSync(each).mode & 0o777, 0o700);
});

test("where none can be made the system's error comes, and at once", () => {
  writeFileSync(join(home, "file"), "");
  assert.throws(() => makePrivateFolder(join(home, "file", "a", "b")), { code: "EEXIST" });
  assert.throws(() => makePrivateFolder("/proc/none/a/b"), { code: "ENOENT" });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { processFacts } from "./proc.ts";
import { makeRingFolder } from "./ring-folder.ts";

const START = processFacts(process.pid)?.startTime;

function sharedMemory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "shm-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("the folder is its owner's alone, bears its maker's name, lists rings only and goes with all that is in it", (t) => {
  const shared = sharedMemory(t);
  const folder = makeRingFolder(shared);
  assert.equal(statSync(folder.path).mode & 0o777, 0o700);
  assert.match(basename(folder.path), new RegExp(`^tt-memwatch-[0-9a-f]{8}-${process.pid}-${START}-\\w{6}$`));
  for (const name of ["1.2.ring", "note"]) writeFileSync(join(folder.path, name), "");
  assert.deepEqual(folder.rings(), [join(folder.path, "1.2.ring")]);
  folder[Symbol.dispose]();
  assert.deepEqual(readdirSync(shared), []);
});

test("a folder that a test removed has no rings and no reasons, and that is not an error", (t) => {
  using folder = makeRingFolder(sharedMemory(t));
  rmSync(folder.path, { recursive: true });
  assert.deepEqual([folder.rings(), folder.reasons()], [null, []]);
});

test("reasons are read of files only, each once, and no further than their limit", (t) => {
  using folder = makeRingFolder(sharedMemory(t));
  for (const name of ["1.reason", "2.reason"]) writeFileSync(join(folder.path, name), "x".repeat(5_000));
  execFileSync("mkfifo", [join(folder.path, "3.reason")]);
  symlinkSync("/etc/passwd", join(folder.path, "4.reason"));
  assert.deepEqual(folder.reasons(), ["x".repeat(1_000)]);
});

test("where there is no shared memory, that is an error with its reason", () => {
  assert.throws(() => makeRingFolder("/nonexistent/shm"), /ENOENT/);
});

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { pidNamespace, processFacts } from "./proc.ts";
import { makeRingFolder } from "./ring-folder.ts";

const NAMESPACE = /\d+/.exec(pidNamespace("self") ?? "")?.[0];
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
  assert.ok(basename(folder.path).startsWith(`tt-memwatch-${NAMESPACE}-${process.pid}-${START}-`));
  for (const name of ["1.2.ring", "note"]) writeFileSync(join(folder.path, name), "");
  assert.deepEqual(folder.rings(), [join(folder.path, "1.2.ring")]);
  folder[Symbol.dispose]();
  assert.deepEqual(readdirSync(shared), []);
});

for (const [what, name, isKept] of [
  ["a process that is gone", `tt-memwatch-${NAMESPACE}-4194300-5-abcdef`, false],
  ["an earlier process with a pid that is used again", `tt-memwatch-${NAMESPACE}-${process.pid}-1-abcdef`, false],
  ["a process that is there", `tt-memwatch-${NAMESPACE}-${process.pid}-${START}-abcdef`, true],
  ["a process of another pid namespace", `tt-memwatch-1-4194300-5-abcdef`, true],
  ["somebody else", "tt-memwatch-notes", true],
] as const) {
  test(`a folder of ${what} is ${isKept ? "left alone" : "removed"}`, (t) => {
    const shared = sharedMemory(t);
    mkdirSync(join(shared, name));
    writeFileSync(join(shared, name, "1.2.ring"), "");
    using _folder = makeRingFolder(shared);
    assert.equal(existsSync(join(shared, name)), isKept);
  });
}

test("where there is no shared memory, that is an error with its reason", () => {
  assert.throws(() => makeRingFolder("/nonexistent/shm"), /ENOENT/);
});

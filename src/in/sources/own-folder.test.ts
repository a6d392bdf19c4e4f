import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeOwnFolder, ownFolderNameBytes } from "./own-folder.ts";

function parentOf(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "own-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("the folder is for its owner only, has a name of the length that was asked for, and goes with all that is in it", (t) => {
  const folder = makeOwnFolder(parentOf(t));
  assert.equal(statSync(folder.path).mode & 0o777, 0o700);
  assert.equal(basename(folder.path).length, ownFolderNameBytes());
  writeFileSync(join(folder.path, "file"), "");
  folder[Symbol.dispose]();
  assert.ok(!existsSync(folder.path));
});

/** The parts of the name that this process gives its folders. */
function ownName(t: TestContext): { place: string; start: string } {
  using folder = makeOwnFolder(parentOf(t));
  const [, , place = "", , start = ""] = basename(folder.path).split("-");
  return { place, start };
}

for (const [what, nameOf, isKept] of [
  ["a process that has ended", (place: string) => `tt-memwatch-${place}-4194300-5-abcdef`, false],
  ["a Python process that has ended", (place: string) => `tt-memwatch-${place}-4194300-5-abcd_efg`, false],
  [
    "an earlier process with a pid that is used again",
    (place: string) => `tt-memwatch-${place}-${process.pid}-1-abcdef`,
    false,
  ],
  [
    "a process that is there",
    (place: string, start: string) => `tt-memwatch-${place}-${process.pid}-${start}-abcdef`,
    true,
  ],
  ["a process of another pid namespace or boot", () => "tt-memwatch-00000000-4194300-5-abcdef", true],
  ["a process whose place was hidden from it", () => "tt-memwatch-unknown-4194300-0-abcdef", true],
  ["somebody else", () => "tt-memwatch-notes", true],
] as const) {
  test(`a folder of ${what} is ${isKept ? "left alone" : "removed"}`, (t) => {
    const parent = parentOf(t);
    const { place, start } = ownName(t);
    const left = join(parent, nameOf(place, start));
    mkdirSync(left);
    writeFileSync(join(left, "1.2.ring"), "");
    using _folder = makeOwnFolder(parent);
    assert.equal(existsSync(left), isKept);
  });
}

test("giving back a folder that was taken away is not an error", (t) => {
  const parent = parentOf(t);
  const folder = makeOwnFolder(parent);
  renameSync(folder.path, join(parent, "elsewhere"));
  folder[Symbol.dispose]();
});

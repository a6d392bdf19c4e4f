import assert from "node:assert/strict";
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileIdentity } from "./file-identity.ts";

const home = mkdtempSync(join(tmpdir(), "identity-"));
after(() => rmSync(home, { recursive: true }));

const at = (name: string): string => join(home, name);
mkdirSync(at("folder"));
symlinkSync("folder", at("folder-link"));
writeFileSync(at("file"), "");
writeFileSync(at("copy"), "");
symlinkSync("file", at("link"));
linkSync(at("file"), at("hard"));
symlinkSync("new", at("link-to-new"));
symlinkSync("loop", at("loop"));

for (const [one, other, isSame] of [
  ["file", "file", true],
  ["file", "link", true],
  ["file", "hard", true],
  ["link", "hard", true],
  ["file", "copy", false],
  ["new", "new", true],
  ["new", "link-to-new", true],
  ["folder/new", "folder-link/new", true],
  ["new", "folder/new", false],
  ["none/new", "none/new", true],
  ["none/new", "none/other", false],
  ["file/x", "file", false],
  ["loop", "loop", true],
  ["loop", "file", false],
] as const) {
  test(`${one} and ${other} are ${isSame ? "one file" : "two files"}`, () => {
    assert.equal(fileIdentity(at(one)) === fileIdentity(at(other)), isSame);
  });
}

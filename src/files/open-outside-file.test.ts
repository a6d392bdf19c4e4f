import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, fstatSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { OpenError, openFile, readBeginning, readTextFile } from "./open-outside-file.ts";

const home = mkdtempSync(join(tmpdir(), "open-"));
after(() => rmSync(home, { recursive: true }));

const FILE = join(home, "file");
const LINK = join(home, "link");
const PIPE = join(home, "pipe");
writeFileSync(FILE, "text");
symlinkSync(FILE, LINK);
execFileSync("mkfifo", [PIPE]);

const REGULAR = { access: "read", kinds: ["regular file"], links: "refuse" } as const;

test("a regular file is opened", () => {
  const file = openFile(FILE, REGULAR);
  assert.equal(fstatSync(file).size, 4);
  closeSync(file);
});

for (const [what, path, message] of [
  ["a pipe", PIPE, "it is a pipe, wanted a regular file"],
  ["a device", "/dev/zero", "it is a device, wanted a regular file"],
  ["a folder", home, "it is a folder, wanted a regular file"],
  ["a symbolic link", LINK, "it is a symbolic link, wanted a regular file"],
] as const) {
  test(`${what} is refused at once, by its name`, () => {
    assert.throws(() => openFile(path, REGULAR), { name: "OpenError", message });
  });
}

test("a socket is refused by its name", async () => {
  const path = join(home, "sock");
  const server = createServer().listen(path);
  assert.throws(() => openFile(path, REGULAR), /^OpenError: it is a socket/);
  await new Promise((resolve) => server.close(resolve));
});

test("a link of one's own is followed where that is asked for, and a loop of them is an error", () => {
  assert.equal(readTextFile(LINK, 4), "text");
  symlinkSync("loop", join(home, "loop"));
  assert.throws(() => readTextFile(join(home, "loop"), 4), { code: "ELOOP" });
});

test("another user's link is refused where others may write", { skip: process.getuid?.() !== 0 }, () => {
  const shared = mkdtempSync(join(home, "shared-"));
  execFileSync("chmod", ["1777", shared]);
  const link = join(shared, "link");
  symlinkSync(FILE, link);
  assert.equal(readTextFile(link, 4), "text");
  execFileSync("chown", ["-h", "54321", link]);
  assert.throws(() => readTextFile(link, 4), /^OpenError: it is a symbolic link/);
});

test("another user's file is refused where an owner is wanted", () => {
  assert.throws(() => openFile(FILE, { ...REGULAR, owner: 54_321 }), /^OpenError: it belongs to the user \d+, wanted/);
});

for (const [sizeBytes, isTaken] of [
  [7, true],
  [8, true],
  [9, false],
] as const) {
  test(`a file of ${sizeBytes} bytes is ${isTaken ? "read" : "refused"} where 8 are the limit`, () => {
    const path = join(home, `sized-${sizeBytes}`);
    writeFileSync(path, "x".repeat(sizeBytes));
    if (isTaken) assert.equal(readTextFile(path, 8).length, sizeBytes);
    else assert.throws(() => readTextFile(path, 8), OpenError);
  });
}

test("of a huge file no more than its beginning is read", () => {
  const path = join(home, "huge");
  writeFileSync(path, "beginning");
  truncateSync(path, 2 ** 40);
  assert.equal(readBeginning(path, 5), "begin");
  assert.throws(() => readTextFile(path, 1_000), /it has 1099511627776 bytes, wanted 1000 at most/);
});

test("what is not there is the system's own error", () => {
  assert.throws(() => openFile(join(home, "none"), REGULAR), { code: "ENOENT" });
});

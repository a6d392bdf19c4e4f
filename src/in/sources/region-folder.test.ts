import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { regionBytes } from "../../../fixtures/region/region-bytes.ts";
import { REGIONS_MAX, readRegions } from "./region-folder.ts";

function folderOf(t: TestContext): (id: bigint | string) => string {
  const folder = mkdtempSync(join(tmpdir(), "regions-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return (id) => join(folder, `tt_device_${id}_memory`);
}

const folderIn = (at: (id: string) => string): string => join(at("1"), "..");

test("regions are read in the order of their ids, and nothing is written", (t) => {
  const at = folderOf(t);
  for (const id of [10n, 2n]) writeFileSync(at(id), regionBytes({ layout: "v3", id, rows: [{ pid: 7, DRAM: 64 }] }));
  writeFileSync(join(folderIn(at), "tt_socket_manifest_1"), "not a region");
  const before = [10n, 2n].map((id) => [readFileSync(at(id)), statSync(at(id)).mtimeMs]);
  const { regions, unread, leftOut } = readRegions(folderIn(at));
  assert.deepEqual(
    regions.map(({ image }) => [image.id, image.totals.DRAM]),
    [
      [2n, 64],
      [10n, 64],
    ],
  );
  assert.deepEqual([unread, leftOut], [[], 0]);
  assert.deepEqual(
    [10n, 2n].map((id) => [readFileSync(at(id)), statSync(at(id)).mtimeMs]),
    before,
  );
});

test("a file that is not a region costs itself only, and says why", (t) => {
  const at = folderOf(t);
  writeFileSync(at(1n), regionBytes({ layout: "v4", id: 1n }));
  execFileSync("mkfifo", [at(2n)]);
  mkdirSync(at(3n));
  symlinkSync(at(1n), at(4n));
  writeFileSync(at(5n), "");
  writeFileSync(at(6n), regionBytes({ layout: "v3", id: 6n }));
  truncateSync(at(6n), 2 ** 40);
  symlinkSync("nowhere", at(7n));
  const { regions, unread } = readRegions(folderIn(at));
  assert.deepEqual(
    regions.map(({ image }) => image.id),
    [1n],
  );
  assert.deepEqual(unread, [
    { path: at(2n), reason: "it is a pipe, wanted a regular file" },
    { path: at(3n), reason: "it is a folder, wanted a regular file" },
    { path: at(4n), reason: "it is a symbolic link, wanted a regular file" },
    { path: at(5n), reason: "whoever makes it has not finished: look again" },
    { path: at(6n), reason: "it has 1099511627776 bytes, and a region of version 3 has at most 9280" },
    { path: at(7n), reason: "it is a symbolic link, wanted a regular file" },
  ]);
});

test("another user's region is not read, and the reason names the user", { skip: process.getuid?.() !== 0 }, (t) => {
  const at = folderOf(t);
  writeFileSync(at(1n), regionBytes({ layout: "v3", id: 1n }), { mode: 0o600 });
  chmodSync(folderIn(at), 0o755);
  process.seteuid?.(65_534);
  try {
    const { unread } = readRegions(folderIn(at));
    assert.match(unread[0]?.reason ?? "", /^it belongs to the user 0, and nobody else may read it/);
  } finally {
    process.seteuid?.(0);
  }
});

test("a region that was removed and made again is another file", (t) => {
  const at = folderOf(t);
  const make = (DRAM: number): void => {
    writeFileSync(at("new"), regionBytes({ layout: "v3", id: 1n, rows: [{ pid: 7, DRAM }] }));
    renameSync(at("new"), at(1n));
  };
  make(64);
  const [first] = readRegions(folderIn(at)).regions;
  make(128);
  const [second] = readRegions(folderIn(at)).regions;
  assert.notEqual(first?.file.inode, second?.file.inode);
  assert.equal(second?.image.totals.DRAM, 128);
});

test(`beyond ${REGIONS_MAX} files are counted`, (t) => {
  const at = folderOf(t);
  for (let id = 0; id <= REGIONS_MAX; id += 1) writeFileSync(at(BigInt(id)), "");
  const { unread, leftOut } = readRegions(folderIn(at));
  assert.deepEqual([unread.length, leftOut], [REGIONS_MAX, 1]);
});

test("a folder that cannot be listed is the system's own error", () => {
  assert.throws(() => readRegions("/nowhere"), { code: "ENOENT" });
});

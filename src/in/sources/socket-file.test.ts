import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SocketFile } from "./socket-file.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-socket-file-"));
after(() => rmSync(home, { recursive: true }));

test("a file that took the path within one tick of the clock is not removed", () => {
  const path = join(home, "s.sock");
  for (let round = 0; round < 100; round += 1) {
    writeFileSync(path, "");
    using file = new SocketFile(path);
    rmSync(path);
    writeFileSync(path, "another's");
    file.remove();
    assert.equal(existsSync(path), true);
    rmSync(path);
  }
});

test("the file itself is removed, and no harm done if it is gone already", () => {
  const path = join(home, "own.sock");
  writeFileSync(path, "");
  using file = new SocketFile(path);
  file.remove();
  file.remove();
  assert.equal(existsSync(path), false);
});

test("a path where nothing is cannot be held", () => {
  assert.throws(() => new SocketFile(join(home, "none")), { code: "ENOENT" });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { UnsentReader } from "./unsent-message-reader.ts";

const folder = mkdtempSync(join(tmpdir(), "unsent-message-reader-"));
after(() => rmSync(folder, { recursive: true }));

const NAME = "12-ab.unsent";

function write(begin: number, text: string, { length = text.length, capacity = 64 } = {}): void {
  const file = Buffer.alloc(16 + capacity);
  file.writeBigUInt64LE(BigInt(begin), 0);
  file.writeBigUInt64LE(BigInt(length), 8);
  file.write(text, 16);
  writeFileSync(join(folder, NAME), file);
}

function read(heard: number): string | null {
  using reader = UnsentReader.open(folder, NAME);
  const unsent = reader?.readBeyond(heard) ?? null;
  return unsent === null ? null : `${unsent.begin}: ${Buffer.from(unsent.bytes).toString()}`;
}

test("gives what there is beyond what was heard", () => {
  write(100, "abc");
  assert.equal(read(99), "100: abc");
  assert.equal(read(102), "100: abc");
  assert.equal(read(103), null);
});

test("gives nothing of a file that says too much of itself, or was cut", () => {
  write(100, "abc", { length: 65 });
  assert.equal(read(0), null);
  write(100, "abc", { length: 60 });
  {
    using reader = UnsentReader.open(folder, NAME);
    truncateSync(join(folder, NAME), 20);
    assert.equal(reader?.readBeyond(0), null);
    truncateSync(join(folder, NAME), 3);
    assert.equal(reader?.readBeyond(0), null);
  }
});

test("opens nothing that a plugin would not have made", () => {
  const elsewhere = join(folder, "elsewhere");
  writeFileSync(elsewhere, Buffer.alloc(100));
  symlinkSync(elsewhere, join(folder, "1-a.unsent"));
  execFileSync("mkfifo", [join(folder, "2-a.unsent")]);
  writeFileSync(join(folder, "3-a.unsent"), Buffer.alloc(16));
  writeFileSync(join(folder, "4-a.unsent"), Buffer.alloc(2 ** 20 + 1));
  for (const name of [
    "1-a.unsent",
    "2-a.unsent",
    "3-a.unsent",
    "4-a.unsent",
    "5-a.unsent",
    "elsewhere",
    "../12-ab.unsent",
  ]) {
    assert.equal(UnsentReader.open(folder, name), null, name);
  }
});

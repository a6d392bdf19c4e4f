import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { appendReport, ReportWriteError, writeReport } from "./write-report.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "write report ü-"));
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

describe("writeReport", () => {
  it("writes a new file and leaves nothing beside it", async () => {
    await writeReport(join(folder, "r.txt"), "ü\n");
    assert.equal(readFileSync(join(folder, "r.txt"), "utf8"), "ü\n");
    assert.deepEqual(readdirSync(folder), ["r.txt"]);
  });

  it("replaces what a link points to, not the link", async () => {
    writeFileSync(join(folder, "target"), "old");
    symlinkSync("target", join(folder, "link"));
    await writeReport(join(folder, "link"), "new");
    assert.equal(readFileSync(join(folder, "target"), "utf8"), "new");
  });

  it("writes into what is no regular file", async () => {
    await writeReport("/dev/null", "x");
    assert.ok(existsSync("/dev/null"));
    assert.equal(readFileSync("/dev/null", "utf8"), "");
  });

  const failures = [
    ["a full disk", () => "/dev/full", /"\/dev\/full": no space left on device \(ENOSPC\); make room/],
    ["a missing folder", () => join(folder, "no", "r"), /no such file or directory \(ENOENT\); make the folder first/],
    ["a folder in its place", () => folder, /illegal operation on a directory \(EISDIR\); name a file, not a folder/],
    ["a file taken for a folder", () => "/dev/null/r", /not a directory \(ENOTDIR\); make the folder first/],
  ] as const;
  for (const [title, path, message] of failures) {
    it(`names path, reason and remedy for ${title}`, async () => {
      await assert.rejects(writeReport(path(), "x"), (error) => {
        assert.ok(error instanceof ReportWriteError);
        assert.equal(error.path, path());
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it("keeps the earlier report when the new one cannot take its place", async () => {
    mkdirSync(join(folder, "r"));
    await assert.rejects(writeReport(join(folder, "r"), "x"), ReportWriteError);
    assert.deepEqual(readdirSync(folder), ["r"]);
  });
});

describe("appendReport", () => {
  it("keeps what others wrote", async () => {
    writeFileSync(join(folder, "summary"), "theirs\n");
    await appendReport(join(folder, "summary"), "ours\n");
    assert.equal(readFileSync(join(folder, "summary"), "utf8"), "theirs\nours\n");
  });

  it("fails like writeReport", async () => {
    await assert.rejects(appendReport("/dev/full", "x"), ReportWriteError);
  });
});

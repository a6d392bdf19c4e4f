import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";
import { appendReport, ReportWriteError, writeReport } from "./write-report.ts";

const isNotRoot = process.getuid?.() !== 0;

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

  it("writes into what is not a regular file", async () => {
    await writeReport("/dev/null", "x");
    assert.ok(existsSync("/dev/null"));
    assert.equal(readFileSync("/dev/null", "utf8"), "");
  });

  it("keeps permissions, owner and the other names of what was there", async () => {
    const path = join(folder, "r");
    writeFileSync(path, "old", { mode: 0o600 });
    chmodSync(path, 0o640);
    if (process.getuid?.() === 0) chownSync(path, 54_321, 54_322);
    const before = statSync(path);
    await writeReport(path, "new");
    const { mode, uid, gid } = statSync(path);
    assert.deepEqual([mode, uid, gid], [before.mode, before.uid, before.gid]);
    linkSync(path, join(folder, "other name"));
    await writeReport(path, "newer");
    assert.equal(readFileSync(join(folder, "other name"), "utf8"), "newer");
  });

  it("makes what a link names that is not there yet, and takes names of 255 bytes", async () => {
    symlinkSync("target", join(folder, "link"));
    await writeReport(join(folder, "link"), "new");
    assert.ok(lstatSync(join(folder, "link")).isSymbolicLink());
    assert.equal(readFileSync(join(folder, "target"), "utf8"), "new");
    await writeReport(join(folder, "n".repeat(255)), "long");
    assert.equal(readFileSync(join(folder, "n".repeat(255)), "utf8"), "long");
  });

  it("writes a mounted file where it is", { skip: isNotRoot }, () => {
    const program = `
      import { writeReport } from ${JSON.stringify(new URL("./write-report.ts", import.meta.url).href)};
      await writeReport(process.argv[1], "new");`;
    const script = 'mount --bind "$1" "$2" && exec "$3" --input-type=module -e "$4" "$2"';
    for (const name of ["source", "mounted"]) writeFileSync(join(folder, name), "a longer old text");
    const [source, mounted] = [join(folder, "source"), join(folder, "mounted")];
    const arguments_ = ["-m", "sh", "-c", script, "sh", source, mounted, process.execPath, program];
    execFileSync("unshare", arguments_);
    assert.equal(readFileSync(source, "utf8"), "new");
  });

  it("writes to a pipe that is read", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const text = "x".repeat(1_000_000);
    const reader = promisify(execFile)("cat", [pipe], { maxBuffer: 2_000_000 });
    await writeReport(pipe, text);
    assert.equal((await reader).stdout, text);
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

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { LineWriter, WAITING_BYTES_MAX } from "./line-writer.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-lines-"));
after(() => rmSync(home, { recursive: true }));

function makePath(): string {
  return join(mkdtempSync(join(home, "f-")), "lines");
}

test("lines are appended in their order, and all are there at the end", async () => {
  const path = makePath();
  writeFileSync(path, "before\n");
  const writer = new LineWriter(path, assert.fail);
  const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index} ✓\n`);
  for (const line of lines) writer.write(line);
  await writer.end();
  assert.equal(readFileSync(path, "utf8"), `before\n${lines.join("")}`);
  assert.equal(writer.lost, 0);
});

test("a file is made for this user alone", async () => {
  const path = makePath();
  await new LineWriter(path, assert.fail).end();
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("a full disk is reported once, and every line that it costs is counted", async () => {
  const told = Promise.withResolvers<string>();
  const all: string[] = [];
  const writer = new LineWriter("/dev/full", (message) => {
    all.push(message);
    told.resolve(message);
  });
  for (let line = 0; line < 10; line += 1) writer.write("line\n");
  assert.match(await told.promise, /ENOSPC/);
  for (let line = 0; line < 10; line += 1) writer.write("line\n");
  await writer.end();
  assert.deepEqual([writer.lost, all.length], [20, 1]);
});

test("a reader that does not read costs what does not fit, and does not hold up the end", async () => {
  const path = makePath();
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = new LineWriter(path, assert.fail);
  const line = `${"x".repeat(1_048_575)}\n`;
  for (let sent = 0; sent < WAITING_BYTES_MAX + 2 * line.length; sent += line.length) writer.write(line);
  assert.equal(writer.lost, 2);
  await writer.end();
  assert.equal(writer.lost, WAITING_BYTES_MAX / line.length + 2);
  closeSync(reader);
});

test("a named pipe without a reader is refused instead of waited for", () => {
  const path = makePath();
  execFileSync("mkfifo", [path]);
  assert.throws(() => new LineWriter(path, assert.fail), /ENXIO/);
});

test("a file in no folder is refused", () => {
  assert.throws(() => new LineWriter(join(home, "none", "lines"), assert.fail), /ENOENT/);
});

/** Writes lines of 100 bytes until the disk is full, waits for that, and prints how many it lost. */
const UNTIL_FULL = `
const { LineWriter } = await import(process.argv[2]);
const full = Promise.withResolvers();
const writer = new LineWriter(process.argv[1], full.resolve);
for (let line = 0; line < 1000; line += 1) writer.write(String(line).padStart(99, "x") + "\\n");
await full.promise;
writer.write("one more\\n");
await writer.end();
console.log(writer.lost);`;

test("a disk that fills up in a line leaves whole lines, and what is lost is counted line by line", {
  skip: process.getuid?.() !== 0,
}, () => {
  const folder = mkdtempSync(join(home, "f-"));
  const module = new URL("./line-writer.ts", import.meta.url).href;
  const script =
    'mount -t tmpfs -o size=32k none "$1" && "$2" --input-type=module -e "$3" "$1/lines" "$4" && cat "$1/lines"';
  const output = execFileSync(
    "unshare",
    ["-m", "sh", "-c", script, "sh", folder, process.execPath, UNTIL_FULL, module],
    { encoding: "utf8" },
  );
  const [lost, ...lines] = output.trimEnd().split("\n");
  assert.ok(lines.length > 100 && lines.every((line) => line.length === 99), `${lines.length} lines`);
  assert.equal(Number(lost) + lines.length, 1_001);
});

import assert from "node:assert/strict";
import { readFileSync, rmSync, statSync } from "node:fs";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { Faults } from "./own-faults.ts";

function said(stream: PassThrough): string {
  return String(stream.read() ?? "");
}

test("the first fault is said in one sentence that names a file with the stacks; all are counted", () => {
  const stderr = new PassThrough();
  const faults = new Faults(stderr);
  faults.note(new RangeError("too\nmuch"), "reading a ring");
  const sentence = said(stderr);
  assert.match(sentence, /^tt-memwatch: a fault of its own while reading a ring \(RangeError: too\): .*report it.*\n$/);
  for (let more = 0; more < 20; more += 1) faults.note("no error at all", "sweeping");
  assert.deepEqual([faults.count, said(stderr)], [21, ""]);
  const file = /with (\S+)$/m.exec(sentence)?.[1] ?? "";
  const text = readFileSync(file, "utf8");
  assert.match(text, /while reading a ring: RangeError: too\nmuch\n {4}at /);
  assert.equal(text.split("while sweeping").length - 1, 9);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  rmSync(file);
});

test("the watched command's own failure wins over ours, and 70 over its success", () => {
  const faults = new Faults(new PassThrough());
  assert.equal(faults.exitCode, 70);
  faults.commandEnded(0);
  assert.equal(faults.exitCode, 70);
  faults.commandEnded(5);
  assert.equal(faults.exitCode, 5);
});

test("work that is guarded gives its value, or null and a fault", async () => {
  const stderr = new PassThrough();
  const faults = new Faults(stderr);
  assert.equal(
    faults.guard("adding", () => 1),
    1,
  );
  assert.equal(await faults.guardAsync("waiting", async () => 2), 2);
  assert.equal(faults.count, 0);
  const fails = (): never => {
    throw new Error("no");
  };
  assert.equal(faults.guard("adding", fails), null);
  assert.equal(await faults.guardAsync("waiting", async () => fails()), null);
  assert.equal(faults.count, 2);
  const file = /with (\S+)$/m.exec(said(stderr))?.[1] ?? "";
  rmSync(file);
});

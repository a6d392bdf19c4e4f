import assert from "node:assert/strict";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { WriteQueue } from "./write-queue.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-queue-"));
after(() => rmSync(home, { recursive: true }));

test("what is pushed is in the file, in order, once the queue has ended", async () => {
  const path = join(home, "file");
  const queue = new WriteQueue(openSync(path, "w"));
  const parts = Array.from({ length: 200 }, (_, index) => Buffer.from(`${index},`.repeat(index)));
  for (const part of parts) queue.push(part);
  await queue.end();
  assert.equal(queue.error, null);
  assert.equal(readFileSync(path, "utf8"), Buffer.concat(parts).toString());
});

for (const [bytes, isFull] of [
  [9, false],
  [10, false],
  [11, true],
] as const) {
  test(`${bytes} bytes that wait ${isFull ? "are" : "are not"} too many where 10 may`, async () => {
    const queue = new WriteQueue(openSync(join(home, "bounded"), "w"), 10);
    queue.push(Buffer.alloc(bytes));
    assert.equal(queue.isFull, isFull);
    await queue.end();
    assert.equal(queue.isFull, false, "the disk has followed");
  });
}

test("a full disk is the queue's error, and costs what comes after it and nothing else", async () => {
  const queue = new WriteQueue(openSync("/dev/full", "w"));
  queue.push(Buffer.alloc(10));
  queue.push(Buffer.alloc(10));
  await queue.end();
  assert.match(queue.error?.message ?? "", /^ENOSPC/);
  queue.push(Buffer.alloc(10));
  assert.equal(queue.isFull, false);
});

test("an empty queue ends at once", async () => {
  const queue = new WriteQueue(openSync(join(home, "empty"), "w"));
  await queue.end();
  assert.equal(queue.error, null);
});

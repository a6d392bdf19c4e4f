import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { livePlace, liveSockets, makeLiveFolder } from "./live-socket-folder.ts";

function placeOf(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "live-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function announced(t: TestContext, place: string): Promise<string> {
  const folder = makeLiveFolder(place);
  const server = createServer().listen(folder.socket);
  await once(server, "listening");
  t.after(() => server.close(() => folder[Symbol.dispose]()));
  return folder.socket;
}

test("who looks finds the socket of who announced itself", async (t) => {
  const place = placeOf(t);
  const socket = await announced(t, place);
  assert.deepEqual(liveSockets(place), [socket]);
});

test("sockets of programs that have ended, and what is not a socket, are passed over", async (t) => {
  const place = placeOf(t);
  const socket = await announced(t, place);
  const ended = dirname(socket).replace(`-${process.pid}-`, "-4194300-");
  renameSync(dirname(socket), ended);
  assert.deepEqual(liveSockets(place), []);
  renameSync(ended, dirname(socket));
  mkdirSync(join(place, "tt-memwatch-other"));
  writeFileSync(join(place, "tt-memwatch-other", "live.sock"), "");
  assert.deepEqual(liveSockets(place), [socket]);
  assert.equal(readdirSync(place).length, 2, "who looks removes nothing");
});

test("the place is XDG_RUNTIME_DIR where that can be written to, and is short enough for a socket", (t) => {
  const place = placeOf(t);
  assert.equal(livePlace({ XDG_RUNTIME_DIR: place }), place);
  const long = join(place, "x".repeat(100));
  mkdirSync(long);
  for (const other of ["relative", long, join(place, "missing")]) {
    assert.notEqual(livePlace({ XDG_RUNTIME_DIR: other }), other);
  }
});

test("a place that only others may write to is none", {
  skip: process.getuid?.() === 0 && "root may write to it",
}, (t) => {
  const place = placeOf(t);
  chmodSync(place, 0o500);
  assert.notEqual(livePlace({ XDG_RUNTIME_DIR: place }), place);
});

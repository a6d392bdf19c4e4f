import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { UsageError } from "../../core/base/usage-error.ts";
import { claimSocket, listenerOf } from "./socket-claim.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-claim-"));
after(() => rmSync(home, { recursive: true }));

function makePath(): string {
  return join(mkdtempSync(join(home, "f-")), "s.sock");
}

function isUsage(pattern: RegExp) {
  return (error: unknown): boolean => error instanceof UsageError && pattern.test(error.message);
}

/** The file of a server that has gone without removing it. */
async function makeStale(path: string): Promise<void> {
  const server = createServer().listen(`${path}.made`);
  await once(server, "listening");
  linkSync(`${path}.made`, path);
  server.close();
  await once(server, "close");
}

test("a path is claimed once, and again when it was given back", async () => {
  const path = makePath();
  const claim = await claimSocket(path);
  await assert.rejects(claimSocket(path), isUsage(/belongs to another server: use that one/));
  await claim[Symbol.asyncDispose]();
  await (await claimSocket(path))[Symbol.asyncDispose]();
});

test("a path is claimed under all of its names", async () => {
  const path = makePath();
  const alias = join(home, "alias");
  symlinkSync(join(path, ".."), alias);
  await using claim = await claimSocket(path);
  await assert.rejects(claimSocket(join(alias, "s.sock")), isUsage(/belongs to/));
  assert.equal(claim.path, path);
});

test("a file that nobody listens on is removed, one that somebody does is not", async () => {
  const path = makePath();
  await makeStale(path);
  await (await claimSocket(path))[Symbol.asyncDispose]();
  assert.equal(existsSync(path), false);
  const server = createServer().listen(path);
  await once(server, "listening");
  await assert.rejects(claimSocket(path), isUsage(new RegExp(`belongs to process ${process.pid} \\(`)));
  assert.equal((await listenerOf(path))?.pid, process.pid);
  server.close();
  await once(server, "close");
  assert.equal(await listenerOf(path), null);
});

test("a claim that cannot be made leaves none", async () => {
  const path = makePath();
  writeFileSync(path, "precious");
  for (const _ of [1, 2]) await assert.rejects(claimSocket(path), isUsage(/is a file, not a socket: remove it/));
  await assert.rejects(claimSocket(join(path, "s")), isUsage(/is not a directory: make it/));
});

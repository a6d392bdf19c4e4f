import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { liveSnapshot } from "../../../fixtures/live/snapshots.ts";
import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import { LISTENERS_MAX, SnapshotSocket } from "./snapshot-socket.ts";

/** A socket at a path of its own that counts how often it is asked for a snapshot. */
async function open(t: TestContext, snapshot: (asked: number) => LiveSnapshot | null = () => liveSnapshot()) {
  const folder = mkdtempSync(join(tmpdir(), "live-"));
  const path = join(folder, "live.sock");
  const seen = { asked: 0 };
  const socket = await SnapshotSocket.open(path, () => snapshot(++seen.asked));
  t.after(async () => {
    await socket[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  return { socket, path, seen };
}

async function connect(t: TestContext, path: string): Promise<Socket> {
  const listener = createConnection(path);
  t.after(() => listener.destroy());
  await once(listener, "connect");
  return listener;
}

test("its file is for its owner only, and nothing is asked for while nobody listens", async (t) => {
  const { socket, path, seen } = await open(t);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  socket.tell();
  assert.equal(seen.asked, 0);
});

test("who connects is told at once and again, and what was known last when it ends", async (t) => {
  const { socket, path } = await open(t, (asked) => liveSnapshot({ atMs: asked }));
  const lines = createInterface({ input: await connect(t, path) })[Symbol.asyncIterator]();
  const next = async (): Promise<number> => JSON.parse((await lines.next()).value ?? "").atMs;
  assert.equal(await next(), 1);
  assert.equal(await next(), 2);
  await socket[Symbol.asyncDispose]();
  assert.equal(await next(), 3);
  assert.equal((await lines.next()).done, true);
});

test("nothing is asked for any more when the last listener has left", { timeout: 10_000 }, async (t) => {
  const { socket, path, seen } = await open(t);
  const listener = await connect(t, path);
  await once(listener, "data");
  listener.destroy();
  const isAsked = (): boolean => {
    const { asked } = seen;
    socket.tell();
    return seen.asked > asked;
  };
  // The other end hears of it in a later turn.
  while (isAsked()) await setImmediate();
  assert.equal(isAsked(), false);
});

test("a listener that does not read misses snapshots, and none waits for it", async (t) => {
  const large = liveSnapshot({ source: { ...liveSnapshot().source, title: ["x".repeat(1_000_000)] } });
  const { socket, path, seen } = await open(t, () => large);
  const stopped = await connect(t, path);
  await once(stopped.setEncoding("utf8"), "readable");
  const { asked } = seen;
  for (let more = 0; more < 10; more += 1) socket.tell();
  assert.equal(seen.asked, asked, "what was sent first is still on its way");
});

test("so many may listen at a time, and one more is sent away", async (t) => {
  const { path } = await open(t);
  const listeners = await Promise.all(Array.from({ length: LISTENERS_MAX }, () => connect(t, path)));
  await Promise.all(listeners.map((listener) => once(listener, "data")));
  const [oneMore] = await Promise.all([connect(t, path)]);
  const [end] = await Promise.race([once(oneMore.resume(), "close"), once(oneMore, "data")]);
  assert.equal(typeof end, "boolean", "closed, not told");
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { descriptorOf } from "./adopt-socket.ts";
import { peerCredentials, sendDatagram } from "./libc.ts";

const folder = mkdtempSync(join(tmpdir(), "tt-memwatch-libc-"));
after(() => rmSync(folder, { recursive: true }));

test("both ends of a connection tell which process and user the other is", async () => {
  const server = createServer().listen(join(folder, "s"));
  await once(server, "listening");
  const client = connect(join(folder, "s"));
  const [accepted] = (await once(server, "connection")) as [Socket];
  const self = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };
  for (const socket of [client, accepted]) assert.deepEqual(peerCredentials(descriptorOf(socket) ?? -1), self);
  client.destroy();
  accepted.destroy();
  server.close();
});

test("what is no open socket has no peer", () => {
  assert.equal(peerCredentials(-1), null);
  assert.equal(peerCredentials(2 ** 20), null);
});

test("a datagram that nobody takes is not sent", () => {
  assert.equal(sendDatagram(join(folder, "none"), "READY=1"), false);
  assert.equal(sendDatagram("@tt-memwatch-nobody", "READY=1"), false);
  for (const length of [107, 108, 1_000]) assert.equal(sendDatagram(`/${"x".repeat(length - 1)}`, "READY=1"), false);
});

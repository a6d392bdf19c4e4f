import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { listenPrivately } from "./listen-privately.ts";
import { SOCKET_PATH_BYTES_MAX } from "./socket-folder.ts";

const home = mkdtempSync(join(tmpdir(), "listen-"));
after(() => rmSync(home, { recursive: true }));

for (const [what, name] of [
  ["a path as they are", "a-name-as-they-are.sock"],
  ["a short name in a long folder, as long as a path may be", "s"],
] as const) {
  test(`a socket with ${what} can be reached, has its permissions, and nothing is left beside it`, async () => {
    const room = SOCKET_PATH_BYTES_MAX - Buffer.byteLength(join(home, "/")) - name.length - 1;
    const folder = join(home, name === "s" ? "f".repeat(room) : "f");
    mkdirSync(folder);
    const path = join(folder, name);
    const server = createServer();
    await listenPrivately(server, { path, mode: 0o640, gid: process.getgid?.() ?? null, backlog: 1 });
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(folder), [name]);
    const client = connect(path);
    await once(client, "connect");
    client.destroy();
    server.close();
    await once(server, "close");
  });
}

test("what others made at the old place for a socket in the making is neither used nor touched", async () => {
  const folder = mkdtempSync(join(home, "o-"));
  const path = join(folder, "server.sock");
  writeFileSync(join(folder, "victim"), "", { mode: 0o600 });
  symlinkSync("victim", `${path}~`);
  const server = createServer();
  await listenPrivately(server, { path, mode: 0o666, gid: null, backlog: 1 });
  assert.equal(statSync(join(folder, "victim")).mode & 0o777, 0o600);
  server.close();
});

test("a path that is taken meanwhile is not taken from whoever has it", async () => {
  const path = join(mkdtempSync(join(home, "t-")), "server.sock");
  writeFileSync(path, "theirs");
  const server = createServer();
  await assert.rejects(listenPrivately(server, { path, mode: 0o600, gid: null, backlog: 1 }), { code: "EEXIST" });
  assert.equal(statSync(path).size, 6);
  server.close();
});

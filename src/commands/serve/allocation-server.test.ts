import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openOwnServer } from "../../../fixtures/allocation-server/own-server.ts";
import { BufferMessage, MessageType } from "../../core/model/buffer-message.ts";
import { READ_WITHIN_MS } from "../../in/sources/write-in-time.ts";
import { encodeRequest } from "../../in/wire/server-requests.ts";
import type { AllocationServer } from "./allocation-server.ts";

const folder = mkdtempSync(join(tmpdir(), "allocation-server-"));
after(() => rmSync(folder, { recursive: true }));

/** Allocates, closes its connection with the first line it gets, and ends with the second. */
const CLIENT = `
import os, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(struct.pack("<B3xiQB3xiQQ4Q", 1, 0, 4096, 0, os.getpid(), 0x1000, 1, 0, 0, 0, 0))
sys.stdin.readline()
s.close()
sys.stdin.readline()
`;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Opened {
  readonly server: AllocationServer;
  readonly socketPath: string;
  readonly said: () => string;
}

/** A server in this process, of which tests see more than clients do. */
async function open(): Promise<Opened> {
  let said = "";
  const socketPath = join(mkdtempSync(join(folder, "s-")), "s.sock");
  const server = await openOwnServer(socketPath, ({ out }) => {
    said += out;
  });
  return { server, socketPath, said: () => said };
}

test("a process that ends a moment after its connection is reported before the next sweep", async (context) => {
  context.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const opened = await open();
  const { socketPath, said } = opened;
  await using server = opened.server;
  const client = spawn("python3", ["-c", CLIENT, socketPath]);
  while (server.books.owners().length === 0) await turn();
  client.stdin.write("\n");
  while (server.socketTotals.open > 0) await turn();
  await server.checkpoint();
  assert.equal(said(), "");
  client.stdin.write("\n");
  await once(client, "exit");
  for (let ms = 0; ms < 2_900 && said() === ""; ms += 1) {
    await turn();
    context.mock.timers.tick(1);
  }
  assert.match(said(), new RegExp(`PID ${client.pid} ended and left 1 buffer`));
});

test("a client that does not read its list is closed in time, counted and named, and others are not kept", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const opened = await open();
  await using server = opened.server;
  const message = Object.assign(new BufferMessage(), { type: MessageType.allocate, sizeLow: 4096 });
  for (let id = 0; id < 20_000; id += 1) server.books.messages.apply(Object.assign(message, { idLow: id }), 0, 0);
  const deaf = connect(opened.socketPath).pause();
  deaf.on("error", () => {});
  deaf.write(encodeRequest({ request: "dump", listedMax: null, since: null }));
  let waitedMs = 0;
  for (; server.socketTotals.refused === 0 && waitedMs < 2 * READ_WITHIN_MS; waitedMs += 1) {
    await turn();
    context.mock.timers.tick(1);
  }
  assert.ok(waitedMs >= READ_WITHIN_MS, `closed after ${waitedMs} ms`);
  assert.deepEqual([server.socketTotals.refused, server.refusals], [1, ["it asked and read nothing for 10 s"]]);
  deaf.destroy();
});

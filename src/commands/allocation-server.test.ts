import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { FLAVOURS } from "../out/server-text/flavours.ts";
import { AllocationServer } from "./allocation-server.ts";

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

test("a process that ends a moment after its connection is told of before the next sweep", async (context) => {
  context.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  let said = "";
  const socketPath = join(folder, "s.sock");
  await using server = await AllocationServer.open({
    socketPath,
    mode: 0o600,
    gid: null,
    compat: null,
    flavour: FLAVOURS.modern,
    print: ({ out }) => {
      said += out;
    },
    isVerbose: false,
    onEvent: null,
    onCommand: async () => {},
    log: { warn: () => {}, info: () => {}, debug: () => {} },
  });
  const client = spawn("python3", ["-c", CLIENT, socketPath]);
  while (server.books.owners().length === 0) await turn();
  client.stdin.write("\n");
  while (server.socketTotals.open > 0) await turn();
  await server.checkpoint();
  assert.equal(said, "");
  client.stdin.write("\n");
  await once(client, "exit");
  for (let ms = 0; ms < 2_900 && said === ""; ms += 1) {
    await turn();
    context.mock.timers.tick(1);
  }
  assert.match(said, new RegExp(`PID ${client.pid} is gone and left 1 buffer`));
});

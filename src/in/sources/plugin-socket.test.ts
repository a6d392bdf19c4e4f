import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { HELLO as HELLO_OF_WORKER } from "../../../fixtures/run/plugin-conversation.ts";
import type { RunEvent } from "../../core/model/event.ts";
import { LINE_BYTES_MAX } from "../wire/line-framing.ts";
import { CONNECTIONS_MAX, PluginSocket, type PluginSocketOptions, REFUSALS_LISTED_MAX } from "./plugin-socket.ts";
import { PluginTextBudget } from "./plugin-text-budget.ts";

const HELLO = { ...HELLO_OF_WORKER, pid: 1, worker: null, role: "single" };
const BYE = { kind: "bye", exitStatus: 0, dropped: 0 };

class Listening {
  readonly events: RunEvent[] = [];
  readonly folder: string;
  readonly socket: PluginSocket;

  static async start(t: TestContext, options: Partial<PluginSocketOptions> = {}): Promise<Listening> {
    const path = mkdtempSync(join(tmpdir(), "ps-"));
    t.after(() => rmSync(path, { recursive: true, force: true }));
    const folder = { path, [Symbol.dispose]: () => {} };
    const events: RunEvent[] = [];
    const target = { apply: (event: RunEvent) => void events.push(event) };
    const socket = await PluginSocket.open({ engine: "0.1.0", folder, target, onFault: assert.fail, ...options });
    t.after(() => socket[Symbol.asyncDispose]());
    return new Listening(path, socket, events);
  }

  private constructor(folder: string, socket: PluginSocket, events: RunEvent[]) {
    this.folder = folder;
    this.socket = socket;
    this.events = events;
  }

  async connect(): Promise<Socket> {
    const client = createConnection(this.socket.path);
    client.on("error", () => {});
    await once(client, "connect");
    return client;
  }

  kinds(): string[] {
    return this.events.map((event) => event.kind);
  }
}

function linesOf(...messages: readonly object[]): string {
  return messages.map((message) => `${JSON.stringify(message)}\n`).join("");
}

async function readAll(client: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  client.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(client, "close");
  return Buffer.concat(chunks).toString();
}

test("only its owner may connect", async (t) => {
  const listening = await Listening.start(t);
  assert.equal(statSync(listening.socket.path).mode & 0o777, 0o600);
});

test("processes are numbered in the order of their hellos", async (t) => {
  const listening = await Listening.start(t);
  for (const _ of [0, 1]) {
    const client = await listening.connect();
    client.end(linesOf(HELLO, BYE));
    assert.match(await readAll(client), /^\{"kind":"welcome"/);
  }
  assert.deepEqual(
    listening.events.flatMap((event) => (event.kind === "process-end" ? [event.process] : [])),
    [0, 1],
  );
});

test("draining hears what was written by a process that has already gone", async (t) => {
  const listening = await Listening.start(t);
  const many = Array.from({ length: 5000 }, (_, tests) => ({ kind: "collected", tests }));
  const client = createConnection(listening.socket.path);
  client.resume();
  client.end(linesOf(HELLO, ...many, BYE));
  await listening.socket.drain();
  assert.equal(listening.events.length, many.length + 2);
  assert.equal(listening.kinds().at(-1), "process-end");
});

test("draining waits no longer than its limit for a process that stays, and calls it neither ended nor lost", async (t) => {
  const listening = await Listening.start(t, { drainWithinMs: 50 });
  const client = await listening.connect();
  client.write(linesOf(HELLO));
  await once(client, "data");
  await listening.socket.drain();
  await listening.socket[Symbol.asyncDispose]();
  assert.deepEqual(listening.kinds(), ["process-begin"]);
});

test("nobody can connect after draining, and closing removes the socket", async (t) => {
  const listening = await Listening.start(t);
  await listening.socket.drain();
  await listening.socket[Symbol.asyncDispose]();
  await assert.rejects(listening.connect());
  assert.ok(!existsSync(listening.socket.path));
});

test("a connection that says nothing is refused when its time is up", async (t) => {
  const listening = await Listening.start(t, { helloWithinMs: 1 });
  const client = await listening.connect();
  assert.match(await readAll(client), /said no hello in time/);
  assert.deepEqual(listening.kinds(), ["refused"]);
});

test("a process that has introduced itself may be silent for as long as it likes", async (t) => {
  // The clock stands still until it is told to go on: the hello is never late, however busy the machine.
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const listening = await Listening.start(t, { helloWithinMs: 1 });
  const client = await listening.connect();
  client.write(linesOf(HELLO));
  await once(client, "data");
  t.mock.timers.tick(60_000);
  client.end(linesOf(BYE));
  await readAll(client);
  assert.deepEqual(listening.kinds(), ["process-begin", "process-end"]);
});

test("a line over the limit ends its own connection and no other", async (t) => {
  const listening = await Listening.start(t);
  const good = await listening.connect();
  good.write(linesOf(HELLO));
  await once(good, "data");
  const bad = await listening.connect();
  bad.write("x".repeat(LINE_BYTES_MAX + 1));
  assert.match(await readAll(bad), /longer than 262144 bytes/);
  good.end(linesOf(BYE));
  await readAll(good);
  assert.deepEqual(listening.kinds(), ["process-begin", "refused", "process-end"]);
});

test("a connection over the limit is refused, the others go on", async (t) => {
  const listening = await Listening.start(t);
  const clients = await Promise.all(Array.from({ length: CONNECTIONS_MAX }, () => listening.connect()));
  const excess = await listening.connect();
  assert.match(await readAll(excess), /more than 500 connections/);
  const [first] = clients;
  first?.write(linesOf(HELLO));
  await once(first as Socket, "data");
  assert.deepEqual(listening.kinds(), ["refused", "process-begin"]);
  for (const client of clients) client.destroy();
});

test("refusals are reported up to a limit, then counted", async (t) => {
  const listening = await Listening.start(t);
  for (let i = 0; i < REFUSALS_LISTED_MAX + 2; i++) {
    const client = await listening.connect();
    client.write("nonsense\n");
    await readAll(client);
  }
  assert.equal(listening.events.length, REFUSALS_LISTED_MAX);
  assert.deepEqual(listening.socket.warnings(), ["refused 2 more connections"]);
});

test("unknown kinds are counted by name", async (t) => {
  const listening = await Listening.start(t);
  const client = await listening.connect();
  client.end(linesOf(HELLO, { kind: "weather" }, { kind: "weather" }, BYE));
  await readAll(client);
  assert.deepEqual(listening.socket.warnings(), ['skipped 2 plugin messages of the unknown kind "weather"']);
});

test("old names are kept once each, and no more than fit on a screen", async (t) => {
  const listening = await Listening.start(t);
  const client = await listening.connect();
  const names = Array.from({ length: 30 }, (_, number) => ({ kind: "old-name", was: `old${number}`, now: "new" }));
  client.end(linesOf(HELLO, ...names, ...names, BYE));
  await readAll(client);
  assert.deepEqual(listening.socket.oldNames()[0], { was: "old0", now: "new" });
  assert.equal(listening.socket.oldNames().length, 20);
});

test("a fault of ours costs the connection that it came up in, and is reported", async (t) => {
  const faults: string[] = [];
  const kinds: string[] = [];
  const listening = await Listening.start(t, {
    target: {
      apply: (event) => {
        if (event.kind === "collected" && event.tests === 13) throw new Error("unlucky");
        kinds.push(event.kind);
      },
    },
    onFault: (error, during) => void faults.push(`${during}: ${error}`),
  });
  const unlucky = await listening.connect();
  unlucky.write(linesOf(HELLO, { kind: "collected", tests: 13 }));
  await readAll(unlucky);
  const other = await listening.connect();
  other.end(linesOf(HELLO, { kind: "collected", tests: 1 }, BYE));
  await readAll(other);
  assert.deepEqual(kinds, ["process-begin", "process-lost", "process-begin", "collected", "process-end"]);
  assert.deepEqual(faults, ["reading what a plugin sent: Error: unlucky"]);
});

test("details that are left out are said once, with their number, whoever sent them", async (t) => {
  const listening = await Listening.start(t, { text: new PluginTextBudget(10_000, 0) });
  for (const _ of [0, 1]) {
    const client = await listening.connect();
    client.end(linesOf(HELLO, { kind: "not-checked", reason: "x" }, { kind: "not-checked", reason: "y" }, BYE));
    await readAll(client);
  }
  const [said = "", ...more] = listening.socket.warnings();
  assert.match(said, /^left out 4 plugin messages with details of left-over memory/);
  assert.deepEqual(more, []);
});

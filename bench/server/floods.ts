/**
 * What is left of a flood: memory of a server before it, at most, and after it, for each kind of thing that clients can
 * fill. The goal is that it is back within a fifth of where it began.
 *
 * node bench/server/floods.ts [words of one flood]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { markdownTable } from "markdown-table";
import { type FrameFields, frame } from "../../fixtures/allocation-server/build-frames.ts";
import { formatBytes } from "../../src/core/base/bytes.ts";
import { askServer } from "../../src/in/sources/allocation-client.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/tt-memwatch", import.meta.url));
const FRAME_BYTES = 144;
const ALLOCATE = 1;
const MADE_UP_PID = 5_000_000;
const GOAL = 1.2;
/** A server looks every 3 s, and gives back when nothing happened in between. */
const SETTLE_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 500;

interface Flood {
  readonly what: string;
  readonly run: (path: string) => Promise<void>;
  readonly args?: readonly string[];
}

const FLOODS: readonly Flood[] = [
  { what: "300,000 made-up pids on 300 connections", run: (path) => flood(path, 300, 1_000, madeUpPids) },
  { what: "1,000,000 live buffers", run: (path) => flood(path, 10, 100_000, buffers) },
  { what: "1,024 devices from 4,000 pids", run: (path) => flood(path, 4, 100_000, devices) },
  { what: "5,000 connections at once", run: (path) => flood(path, 5_000, 1, buffers) },
  { what: "20,000 refused connections", run: (path) => flood(path, 20_000, 1, garbage, 100) },
  { what: "100 connections of unfinished text", run: (path) => flood(path, 100, 1, unfinished) },
  { what: "10,000 baselines and traced processes", run: requests },
  {
    what: "1,000,000 buffers of 1,000 pids in one bucket, --compat",
    run: (path) => flood(path, 10, 100_000, colliding),
    args: ["--compat", "--text", "v144"],
  },
];

function message(fields: Partial<FrameFields>): Uint8Array {
  return frame(FRAME_BYTES, { type: ALLOCATE, size: 4096n, ...fields });
}

function madeUpPids(connection: number, index: number): Uint8Array {
  return message({ pid: MADE_UP_PID + connection * 1_000 + index, id: BigInt(index) });
}

function buffers(connection: number, index: number): Uint8Array {
  return message({ pid: MADE_UP_PID + connection, id: BigInt(index) });
}

/** Addresses that fall into one bucket of the last tables that the earlier server's map grows through. */
const BUCKETS = 172_933n * 351_061n;

function colliding(connection: number, index: number): Uint8Array {
  const id = BigInt(connection * 100_000 + index) * BUCKETS;
  return message({ pid: MADE_UP_PID + connection * 100 + (index % 100), id });
}

function devices(connection: number, index: number): Uint8Array {
  return message({ pid: MADE_UP_PID + connection * 1_000 + (index % 1_000), device: index % 1_024, id: BigInt(index) });
}

function garbage(): Uint8Array {
  return Buffer.from([200, 1, 2, 3]);
}

function unfinished(): Uint8Array {
  return Buffer.from(`memwatch ${"x".repeat(1_000)}`);
}

/** Up to `openMax` connections at a time, each of which sends its messages; all of them end at the end. */
async function flood(
  path: string,
  connections: number,
  messages: number,
  messageOf: (connection: number, index: number) => Uint8Array,
  openMax = connections,
): Promise<void> {
  const open: Socket[] = [];
  for (let connection = 0; connection < connections; connection += 1) {
    const socket = await reach(path);
    open.push(socket);
    const all = Array.from({ length: messages }, (_, index) => messageOf(connection, index));
    await new Promise<void>((resolve) => socket.write(Buffer.concat(all), () => resolve()));
    if (open.length >= openMax) for (const each of open.splice(0)) each.destroy();
  }
  for (const each of open) each.destroy();
}

/** Waits for room in the server's queue. */
async function reach(path: string): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    socket.on("error", () => {});
    try {
      await once(socket, "connect");
      return socket;
    } catch {
      await delay(1);
    }
  }
}

async function requests(path: string): Promise<void> {
  for (let index = 0; index < 5_000; index += 1) {
    for await (const _ of askServer(path, { request: "baseline-save", name: `${index}`.padEnd(100) }));
    for await (const _ of askServer(path, { request: "traced", pid: 1, ring: `/dev/shm/${index}`.padEnd(250, "/.") }));
  }
}

function rssBytes(server: ChildProcess): number {
  const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1_024;
}

async function measure({ what, run, args = [] }: Flood): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "floods-"));
  const path = join(folder, "s.sock");
  const server = spawn(PROGRAM, ["serve", "--quiet", "--log-level", "error", "--socket", path, ...args], {
    stdio: "inherit",
  });
  try {
    for await (const _ of askServer(path, { request: "checkpoint" }, 10_000));
    const before = rssBytes(server);
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, rssBytes(server));
    }, LOOK_EVERY_MS);
    await run(path);
    const after = await settled(server, before);
    clearInterval(watch);
    const ratio = after / before;
    if (ratio > GOAL) process.exitCode = 1;
    return [what, formatBytes(before), formatBytes(most), formatBytes(after), ratio.toFixed(2)];
  } finally {
    server.kill();
    await once(server, "exit");
    rmSync(folder, { recursive: true });
  }
}

/** What it has once it has given back what it does, or after a limit. */
async function settled(server: ChildProcess, beforeBytes: number): Promise<number> {
  const untilMs = performance.now() + SETTLE_WITHIN_MS;
  while (rssBytes(server) > beforeBytes * GOAL && performance.now() < untilMs) await delay(LOOK_EVERY_MS);
  return rssBytes(server);
}

const head = ["flood", "before", "at most", "after", `after / before (goal: ${GOAL})`];
const rows: string[][] = [];
for (const each of FLOODS.filter(({ what }) => what.includes(process.argv[2] ?? ""))) rows.push(await measure(each));
process.stdout.write(`${markdownTable([head, ...rows], { align: ["l", "r", "r", "r", "r"] })}\n`);

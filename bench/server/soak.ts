/**
 * Whether a server's memory stays as it is at the rate of a busy board: buffers that come and go at ever other addresses,
 * processes that come and go, and somebody who asks.
 *
 * SOAK_SECONDS=600 node bench/server/soak.ts
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { markdownTable } from "markdown-table";
import { frame } from "../../fixtures/allocation-server/build-frames.ts";
import { askServer } from "../../src/in/sources/allocation-client.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/tt-memwatch", import.meta.url));
const SECONDS = Number(process.env.SOAK_SECONDS ?? "600");
const FRAME_BYTES = 144;
const ALLOCATE = 1;
const FREE = 2;
/** Messages a second. Assumed, as no rate of a board is known here: 25,000 buffers a second that come and go. */
const PER_SECOND = 50_000;
const TICK_MS = 20;
const LIVE = 10_000;
/** Time after which the process that sends is another one, on another connection. */
const PROCESS_SECONDS = 5;
const ROW_EVERY_SECONDS = 60;

const folder = mkdtempSync(join(tmpdir(), "soak-"));
const path = join(folder, "s.sock");
const server = spawn(PROGRAM, ["serve", "--quiet", "--socket", path], { stdio: "inherit" });

function residentMb(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_000;
}

/** Sends at the rate for a while, as a process that frees nothing at its end. */
async function live(pid: number, seconds: number): Promise<number> {
  const socket = connect(path);
  await once(socket, "connect");
  const untilMs = performance.now() + seconds * 1_000;
  const perTick = (PER_SECOND * TICK_MS) / 1_000 / 2;
  let next = 0;
  while (performance.now() < untilMs) {
    const frames: Uint8Array[] = [];
    for (let count = 0; count < perTick; count += 1, next += 1) {
      frames.push(frame(FRAME_BYTES, { type: ALLOCATE, size: 4096n, id: BigInt(next), pid }));
      if (next >= LIVE) frames.push(frame(FRAME_BYTES, { type: FREE, id: BigInt(next - LIVE), pid }));
    }
    const startMs = performance.now();
    if (!socket.write(Buffer.concat(frames))) await once(socket, "drain");
    await delay(Math.max(0, TICK_MS - (performance.now() - startMs)));
  }
  socket.end();
  await once(socket, "close");
  return 2 * next;
}

const rows: string[][] = [];
let messages = 0;
try {
  for await (const _ of askServer(path, { request: "checkpoint" }, 10_000));
  rows.push(["0", "0", residentMb().toFixed(1)]);
  const startMs = performance.now();
  for (let pid = 5_000_000; performance.now() - startMs < SECONDS * 1_000; pid += 1) {
    messages += await live(pid, PROCESS_SECONDS);
    for await (const _ of askServer(path, { request: "dump", listedMax: 10, since: null }));
    const seconds = Math.round((performance.now() - startMs) / 1_000);
    if (seconds < rows.length * ROW_EVERY_SECONDS) continue;
    rows.push([`${seconds}`, messages.toExponential(1), residentMb().toFixed(1)]);
  }
} finally {
  server.kill();
  await once(server, "exit");
  rmSync(folder, { recursive: true });
}
process.stdout.write(`${markdownTable([["seconds", "messages", "RSS, MB"], ...rows], { align: "r" })}\n`);

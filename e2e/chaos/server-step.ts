import { once } from "node:events";
import { closeSync, existsSync, fstatSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type FrameFields, frame } from "../../fixtures/allocation-server/build-frames.ts";
import { askServer } from "../../src/in/sources/allocation-client.ts";
import { PROGRAM, residentBytes, Started, stackIn } from "./programs.ts";
import type { Random } from "./random.ts";
import type { StepPlace } from "./run-step.ts";

export const SERVER_FAULTS = [
  "failing calls of the server",
  "hostile bytes for the server",
  "clients ended at random",
  "server stopped and continued",
  "server killed and started again",
  "a pipe, a device, a folder as ring",
] as const;
export type ServerFault = (typeof SERVER_FAULTS)[number];

const FRAME_BYTES = 144;
const ALLOCATE = 1;
const FREE = 2;
const CLIENTS = 20;
const MESSAGES = 2_000;
/** Memory that is not given back within this share of what it was at first is not flat. */
const FLAT = 1.2;
const SETTLE_WITHIN_MS = 25_000;

/** One server that lives as long as the campaign, and is disturbed again and again. */
export class ServerSteps {
  readonly #place: StepPlace;
  readonly #path: string;
  readonly #off: string;
  readonly #seed: number;
  #server: Started | null = null;
  #firstBytes = 0;
  /** Of the file of events. */
  #checkedBytes = 0;

  constructor(place: StepPlace, seed: number) {
    this.#place = place;
    this.#seed = seed;
    this.#path = join(place.folder, "s.sock");
    this.#off = join(place.folder, "off");
    writeFileSync(this.#off, "");
  }

  async step(
    fault: ServerFault,
    random: Random,
  ): Promise<{ readonly outcome: string; readonly wrong: readonly string[] }> {
    const server = await this.#start();
    if (fault === "failing calls of the server") rmSync(this.#off, { force: true });
    const load = this.#load(fault, random);
    if (fault === "server stopped and continued") await stopAndContinue(server, random);
    if (fault === "server killed and started again") await this.#kill(server, random);
    await load;
    writeFileSync(this.#off, "");
    const wrong = await this.#check();
    return { outcome: wrong.length === 0 ? "answers, books right" : "wrong", wrong };
  }

  /** Ends the server. Gives what is wrong: its end, what it left, its memory. */
  async finish(): Promise<{ readonly wrong: readonly string[]; readonly memory: string }> {
    const server = this.#server;
    if (server === null) return { wrong: [], memory: "no server" };
    const untilMs = performance.now() + SETTLE_WITHIN_MS;
    while (residentBytes(server.pid) > this.#firstBytes * FLAT && performance.now() < untilMs) await delay(500);
    const lastBytes = residentBytes(server.pid);
    server.child.kill("SIGTERM");
    const { exitCode, output, isHanging } = await server.end();
    const stack = stackIn(output);
    return {
      memory: `${(this.#firstBytes / 1e6).toFixed(0)} MB at first, ${(lastBytes / 1e6).toFixed(0)} MB at last`,
      wrong: [
        ...(isHanging ? ["SIGTERM does not end the server"] : []),
        ...(exitCode === 0 || exitCode === 70 ? [] : [`exit code ${exitCode}: ${output.slice(-500)}`]),
        ...(stack === null ? [] : [`it prints a stack: ${stack}`]),
        ...(existsSync(this.#path) ? ["its socket is left"] : []),
        ...(lastBytes > this.#firstBytes * FLAT ? ["memory is not flat"] : []),
      ],
    };
  }

  async #start(): Promise<Started> {
    if (this.#server !== null) return this.#server;
    const env = {
      LD_PRELOAD: this.#place.library,
      CHAOS_SEED: `${this.#seed}`,
      CHAOS_PPM: "20000",
      CHAOS_OFF: this.#off,
      TMPDIR: this.#place.folder,
    };
    const events = join(this.#place.folder, "events.jsonl");
    const server = new Started([PROGRAM, "serve", "--quiet", "--socket", this.#path, "--json-events", events], env);
    this.#server = server;
    await this.#ask();
    if (this.#firstBytes === 0) this.#firstBytes = residentBytes(server.pid);
    return server;
  }

  /** Waits for the answer to the statistics; that there is none is an error. */
  async #ask(): Promise<void> {
    for await (const _ of askServer(this.#path, { request: "stats" }, 20_000));
  }

  async #load(fault: ServerFault, random: Random): Promise<void> {
    const clients = Array.from({ length: CLIENTS }, (_, number) => this.#client(fault, number, random));
    await Promise.all(clients);
  }

  /** Allocates and frees the same, so that nothing is left where all of it was heard. */
  async #client(fault: ServerFault, number: number, random: Random): Promise<void> {
    const socket = connect(this.#path);
    socket.on("error", () => {});
    socket.resume();
    const pid = 5_000_000 + random.below(1_000_000);
    const ids = Array.from({ length: MESSAGES }, (_, id) => BigInt(number * MESSAGES + id));
    for (const type of [ALLOCATE, FREE]) {
      const frames = ids.map((id) => message({ type, id, pid }));
      await sent(socket, Buffer.concat(frames));
      if (fault === "clients ended at random" && random.below(2) === 0) socket.destroy();
      if (fault === "hostile bytes for the server" && random.below(2) === 0) await sent(socket, hostile(random));
      if (fault === "a pipe, a device, a folder as ring") await this.#traced(random);
    }
    socket.end();
    await Promise.race([once(socket, "close").catch(() => {}), delay(2_000)]);
    socket.destroy();
  }

  async #traced(random: Random): Promise<void> {
    const ring = random.of(["/dev/zero", "/dev/ptmx", "/", "/proc/self/mem", this.#path, this.#off, "/dev/stdin"]);
    for await (const _ of askServer(this.#path, { request: "traced", pid: 1, ring }));
  }

  async #kill(server: Started, random: Random): Promise<void> {
    await delay(random.below(300));
    server.child.kill("SIGKILL");
    await server.end();
    this.#server = null;
    await this.#start();
  }

  /** After what happened it answers, and holds nothing of clients that have gone. */
  async #check(): Promise<readonly string[]> {
    try {
      const untilMs = performance.now() + 15_000;
      for (;;) {
        let live = -1;
        for await (const answer of askServer(this.#path, { request: "checkpoint" }, 5_000)) {
          if (answer.kind === "checkpoint") live = answer.live;
        }
        if (live === 0) break;
        if (performance.now() > untilMs) return [`${live} buffers of clients that have gone stay on the books`];
        await delay(100);
      }
      return this.#tornEvents();
    } catch (error) {
      return [`it does not answer: ${error instanceof Error ? error.message : error}`];
    }
  }

  /** Of the lines since the last look: all of a long campaign would be hundreds of megabytes. */
  #tornEvents(): readonly string[] {
    const file = openSync(join(this.#place.folder, "events.jsonl"), "r");
    try {
      const bytes = Buffer.alloc(fstatSync(file).size - this.#checkedBytes);
      const text = bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, this.#checkedBytes));
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      this.#checkedBytes += Buffer.byteLength(whole);
      const lines = whole.split("\n").slice(0, -1);
      const torn = lines.filter((line) => !line.startsWith("{") || !line.endsWith("}"));
      return torn.length === 0 ? [] : [`${torn.length} torn lines of events, first: ${torn[0]}`];
    } finally {
      closeSync(file);
    }
  }
}

async function stopAndContinue(server: Started, random: Random): Promise<void> {
  for (let times = 0; times < 3; times += 1) {
    server.child.kill("SIGSTOP");
    await delay(random.below(300));
    server.child.kill("SIGCONT");
    await delay(random.below(100));
  }
}

function message(fields: FrameFields): Uint8Array {
  return frame(FRAME_BYTES, { size: 4096n, ...fields });
}

function hostile(random: Random): Uint8Array {
  return random.of([
    random.bytes(999),
    Buffer.alloc(100_000),
    Buffer.from(`memwatch ${"[".repeat(900)}\n`),
    Buffer.from("memwatch {}\nQUERY_ALL\n"),
    message({ type: ALLOCATE, size: 2n ** 64n - 1n, device: -1 }).subarray(0, 1 + random.below(FRAME_BYTES - 1)),
  ]);
}

function sent(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    socket.once("close", resolve);
    socket.write(bytes, () => {
      socket.off("close", resolve);
      resolve();
    });
  });
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Bench, pinned, programPath } from "./bench.ts";

const SERVER = path.resolve(import.meta.dirname, "../../bin/tt-memwatch");
const START_TIMEOUT_MS = 20_000;
const KIB = 1024;
/** Linux counts processor time in hundredths of a second for programs. */
const MS_PER_TICK = 10;

export const READERS = ["server", "reference"] as const;
export type ReaderName = (typeof READERS)[number];

/** Whoever reads what clients send: the server, or the reference, which only reads. */
export class Reader implements AsyncDisposable {
  readonly socketPath: string;
  readonly #process: ChildProcess;

  /** Started anew for each measurement, so that none meets what another one left. `frameBytes`: of all its clients. */
  static async start(bench: Bench, name: ReaderName, frameBytes: number): Promise<Reader> {
    const socketPath = path.join(bench.folder, `${name}.sock`);
    const command =
      name === "server"
        ? [SERVER, "serve", "--quiet", "--socket", socketPath]
        : [programPath(bench, "drain"), socketPath, `${frameBytes}`];
    const [program, ...operands] = pinned(bench.cores?.reader, command);
    const reader = new Reader(spawn(program, operands, { stdio: ["ignore", "inherit", "inherit"] }), socketPath);
    try {
      await reader.#listening();
    } catch (error) {
      await reader[Symbol.asyncDispose]();
      throw error;
    }
    return reader;
  }

  private constructor(child: ChildProcess, socketPath: string) {
    this.#process = child;
    this.socketPath = socketPath;
  }

  async #listening(): Promise<void> {
    for (const untilMs = performance.now() + START_TIMEOUT_MS; performance.now() < untilMs; await sleep(20)) {
      if (this.#process.exitCode !== null) throw new Error(`it exited with ${this.#process.exitCode}`);
      if (await isListening(this.socketPath)) return;
    }
    throw new Error(`nobody listens on ${this.socketPath} after ${START_TIMEOUT_MS} ms`);
  }

  /** Processor time that it has taken so far. */
  get cpuMs(): number {
    const stat = readFileSync(`/proc/${this.#process.pid}/stat`, "utf8");
    const [user = 0, system = 0] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13)
      .map(Number);
    return (user + system) * MS_PER_TICK;
  }

  /** Memory that is resident now. */
  get rssBytes(): number {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * KIB;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill();
    await ended;
  }
}

function isListening(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(socketPath);
  socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}

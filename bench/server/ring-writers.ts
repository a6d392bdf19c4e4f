import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import { Asker } from "./asker.ts";
import { type Bench, pinned } from "./bench.ts";

const NATIVE = path.resolve(import.meta.dirname, "../../clients/native/src");
const SHARED_MEMORY = "/dev/shm";

/** Builds the program that writes rings; gives its path. */
export function buildRingLoad(folder: string): string {
  const program = path.join(folder, "ring_load");
  const sources = [path.join(import.meta.dirname, "ring_load.cpp"), path.join(NATIVE, "ring.cpp")];
  const command = ["-std=c++17", "-O2", ...sources, "-o", program];
  const { status, stderr } = spawnSync(process.env.CXX ?? "c++", command, { encoding: "utf8" });
  if (status !== 0) throw new Error(`c++ ${sources.join(" ")} exited with ${status}:\n${stderr}`);
  return program;
}

/** A program that writes the ring of a traced process. */
export class RingWriterProgram implements AsyncDisposable {
  readonly ring: string;
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  static async start(bench: Bench, program: string, capacity: number, live: number): Promise<RingWriterProgram> {
    const ring = path.join(SHARED_MEMORY, `bench-${process.pid}-${Math.random().toString(36).slice(2)}.ring`);
    // Whoever asks runs on the same processor, and is not to wait for its turn.
    const nice = ["nice", "-n", "19", program, ring, `${capacity}`, `${live}`];
    const [command, ...operands] = pinned(bench.cores?.sender, nice);
    const writer = new RingWriterProgram(spawn(command, operands, { stdio: ["pipe", "pipe", "inherit"] }), ring);
    await writer.#says("ready");
    return writer;
  }

  private constructor(child: ChildProcess, ring: string) {
    this.#child = child;
    this.ring = ring;
    if (child.stdout === null) throw new Error("it was started without an output");
    this.#lines = createInterface({ input: child.stdout });
  }

  async announce(server: { readonly socketPath: string }): Promise<void> {
    using asker = await Asker.open(server);
    await asker.ask({ request: "traced", pid: this.#child.pid, ring: this.ring, reason: "" });
  }

  /** Allocates all of its buffers. */
  async fill(): Promise<void> {
    this.#child.stdin?.write("fill\n");
    await this.#says("done");
  }

  /** Frees and allocates, so many records a second, 0 for as fast as it can. Fulfilled when all is written. */
  async churn(records: number, rate: number): Promise<void> {
    this.#child.stdin?.write(`churn ${records} ${rate}\n`);
    await this.#says("done");
  }

  async #says(wanted: string): Promise<void> {
    const [line] = await once(this.#lines, "line");
    if (line !== wanted) throw new Error(`it said ${line}, not ${wanted}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.ring, { force: true });
    if (this.#child.exitCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}

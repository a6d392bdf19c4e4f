import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";

/** Waits for the end of its input, which comes with our end, and leaves no core file behind. */
const WITNESS = ["-c", "ulimit -c 0; read _"];

/** A process in our process group that any signal ends: one that ended it was sent to the group, or to all of it. */
export class GroupSignalWitness {
  #process: ChildProcess | null = null;
  readonly #seenAtMs = new Map<NodeJS.Signals, number>();
  #isOver = false;

  constructor() {
    this.#start();
  }

  /** False where there is no shell to run. */
  get isThere(): boolean {
    return this.#process !== null;
  }

  /** Whether the signal came to the group at this time (`performance.now()`) or later. */
  hasSeen(name: NodeJS.Signals, sinceMs: number): boolean {
    return (this.#seenAtMs.get(name) ?? Number.NEGATIVE_INFINITY) >= sinceMs;
  }

  dismiss(): void {
    this.#isOver = true;
    this.#process?.kill("SIGKILL");
  }

  #start(): void {
    const witness = spawn("/bin/sh", WITNESS, { stdio: ["pipe", "ignore", "ignore"], env: {} });
    this.#process = witness;
    witness.once("error", () => {
      this.#process = null;
    });
    witness.once("exit", (_, signal) => {
      this.#process = null;
      if (signal === null || this.#isOver) return;
      this.#seenAtMs.set(signal, performance.now());
      this.#start();
    });
    // It keeps nobody waiting.
    witness.unref();
    witness.stdin.on("error", () => {});
    if (witness.stdin instanceof Socket) witness.stdin.unref();
  }
}

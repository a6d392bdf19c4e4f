import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { type Bench, pinned, programPath } from "./bench.ts";

/** Options of `load`, which says what they mean. */
export interface Sending {
  readonly frameBytes: number;
  readonly frames: number;
  readonly live: number;
  readonly batch?: number;
  readonly warm?: number;
  readonly addresses?: number;
  readonly step?: number;
  readonly first?: number;
  readonly pauseNs?: number;
  readonly timed?: true;
  /** Gives way to whoever asks meanwhile, where both share a processor. */
  readonly nice?: true;
}

/** Times of day are of the system's monotonic clock. */
export interface Sent {
  readonly frames: number;
  readonly begunMs: number;
  readonly endedMs: number;
  readonly sendNs?: { readonly median: number; readonly p99: number; readonly p999: number; readonly max: number };
}

/** One client process. Disposing of it ends it, and with it what it has allocated. */
class Sender implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(bench: Bench, socketPath: string, sending: Sending) {
    const command = [programPath(bench, "load"), "--socket", socketPath, ...flagsOf(sending)];
    const polite = sending.nice ? ["nice", "-n", "19", ...command] : command;
    const [program, ...operands] = pinned(bench.cores?.sender, polite);
    this.#process = spawn(program, operands, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Fulfilled when the reader has read all that came before the time that counts. */
  async prepare(): Promise<void> {
    await this.#line();
  }

  begin(): void {
    this.#process.stdin.write("\n");
  }

  stop(): void {
    this.#process.kill("SIGTERM");
  }

  async result(): Promise<Sent> {
    return JSON.parse(await this.#line());
  }

  async #line(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done === true) throw new Error("a client ended before it was done");
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.stop();
    this.#process.stdin.end();
    await ended;
  }
}

/** Clients that start at the same moment. */
export class Senders implements AsyncDisposable {
  readonly #senders: readonly Sender[];

  /** Fulfilled when all have allocated what shall be live, and sent their `warm` frames. */
  static async prepare(
    bench: Bench,
    { socketPath }: { readonly socketPath: string },
    count: number,
    sending: Sending,
  ): Promise<Senders> {
    const senders = new Senders(Array.from({ length: count }, () => new Sender(bench, socketPath, sending)));
    try {
      await Promise.all(senders.#senders.map((sender) => sender.prepare()));
    } catch (error) {
      await senders[Symbol.asyncDispose]();
      throw error;
    }
    return senders;
  }

  private constructor(senders: readonly Sender[]) {
    this.#senders = senders;
  }

  begin(): void {
    for (const sender of this.#senders) sender.begin();
  }

  /** Ends the sending before all frames are sent. */
  stop(): void {
    for (const sender of this.#senders) sender.stop();
  }

  /** Fulfilled when all that was sent has been read. */
  results(): Promise<readonly Sent[]> {
    return Promise.all(this.#senders.map((sender) => sender.result()));
  }

  /** The whole run. */
  run(): Promise<readonly Sent[]> {
    this.begin();
    return this.results();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender[Symbol.asyncDispose]()));
  }
}

/** Messages a second of clients together, from the first one's start to the last one's end. */
export function ratePerSecond(all: readonly Sent[]): number {
  const frames = all.reduce((sum, sent) => sum + sent.frames, 0);
  const begunMs = Math.min(...all.map((sent) => sent.begunMs));
  return (frames / (Math.max(...all.map((sent) => sent.endedMs)) - begunMs)) * 1000;
}

function flagsOf({ timed, nice: _, ...numbers }: Sending): string[] {
  const names = Object.entries(numbers).map(
    ([name, value]) => [name.replace(/[A-Z]/g, (c) => `-${c}`), value] as const,
  );
  const flags = names.flatMap(([name, value]) => [`--${name.toLowerCase()}`, `${value}`]);
  return timed ? [...flags, "--timed"] : flags;
}

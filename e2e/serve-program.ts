import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync, watch } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after } from "node:test";
import { encodeRequest, type SentRequest, ServerAnswer, type StatsAnswer } from "../src/in/wire/server-requests.ts";
import { ENVIRONMENT } from "./environment.ts";
import { PROGRAM } from "./program.ts";
import { Client } from "./serve-client.ts";

export { PROGRAM };

/** A program that hangs is asked to end, so that a broken test fails instead of waiting for ever. */
const END_WITHIN_MS = 60_000;

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-serve-"));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(home, { recursive: true });
});

/** An empty folder. */
export function makeFolder(): string {
  return mkdtempSync(join(home, "f-"));
}

export function makeSocketPath(): string {
  return join(makeFolder(), "s.sock");
}

export interface End {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program and what it has said so far. */
export class Program {
  readonly child: ChildProcess;
  #stdout = "";
  #stderr = "";
  readonly #said = new EventEmitter();
  readonly #closed: Promise<void>;
  #isClosed = false;

  constructor([command = "", ...args]: readonly string[], env: Readonly<NodeJS.ProcessEnv> = {}) {
    this.child = spawn(command, args, { env: { ...ENVIRONMENT, ...env }, stdio: "pipe", timeout: END_WITHIN_MS });
    children.add(this.child);
    this.child.stdin?.on("error", () => {});
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.#stdout += chunk;
      this.#said.emit("more");
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr += chunk;
      this.#said.emit("more");
    });
    this.#closed = once(this.child, "close").then(() => {
      this.#isClosed = true;
      this.#said.emit("more");
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until this was said on either output; gives the match. Throws if the program ends first. */
  async sees(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
      if (found !== null) return found;
      if (this.#isClosed) throw new Error(`${pattern} did not come:\n${this.#stdout}\n${this.#stderr}`);
      await once(this.#said, "more");
    }
  }

  /** Waits until it has ended and nobody holds its outputs any more. */
  async end(): Promise<End> {
    await this.#closed;
    children.delete(this.child);
    const { exitCode, signalCode } = this.child;
    return { exitCode, signal: signalCode, stdout: this.#stdout, stderr: this.#stderr };
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<End> {
    this.child.kill(signal);
    return this.end();
  }
}

export interface ServeOptions {
  readonly path?: string;
  /** A command that starts the server, e.g. `prlimit`. */
  readonly launcher?: readonly string[];
  /** Another copy of the program. */
  readonly program?: string;
  readonly env?: Readonly<NodeJS.ProcessEnv>;
}

/** `tt-memwatch serve`, while it runs. */
export class Serving extends Program {
  readonly path: string;

  constructor(
    flags: readonly string[],
    { path = makeSocketPath(), launcher = [], program = PROGRAM, env = {} }: ServeOptions = {},
  ) {
    super([...launcher, program, "serve", "--socket", path, ...flags], env);
    this.path = path;
  }

  connect(): Promise<Client> {
    return Client.connect(this.path);
  }

  /** All lines of the answer. */
  async ask(request: SentRequest): Promise<ServerAnswer[]> {
    const client = await this.connect();
    await client.send(Buffer.from(encodeRequest(request)));
    const text = await client.receivesText(/"kind":"(end|error)".*\n$/);
    client.close();
    return text
      .trimEnd()
      .split("\n")
      .map((line) => ServerAnswer.parse(JSON.parse(line)));
  }

  async stats(): Promise<StatsAnswer> {
    const [stats] = await this.ask({ request: "stats" });
    if (stats?.kind !== "stats") throw new Error(`no statistics: ${JSON.stringify(stats)}`);
    return stats;
  }

  /** Everything that is live, by address. */
  async addresses(): Promise<string[]> {
    const answers = await this.ask({ request: "dump", listedMax: null, since: null });
    return answers.flatMap((answer) => (answer.kind === "buffer" ? [answer.address] : []));
  }
}

/** Starts a server and waits until it takes clients. */
export async function serve(flags: readonly string[], options: ServeOptions = {}): Promise<Serving> {
  const path = options.path ?? makeSocketPath();
  const listening = Promise.withResolvers<void>();
  // It listens before the file gets its name.
  const watcher = watch(dirname(path), (_, name) => {
    if (name === basename(path)) void isListening(path).then((is) => is && listening.resolve());
  });
  const serving = new Serving(flags, { ...options, path });
  serving.child.once("close", () => listening.reject(new Error("the server ended at once")));
  try {
    await listening.promise;
  } catch {
    throw new Error(`the server did not start: ${JSON.stringify(await serving.end())}`);
  } finally {
    watcher.close();
  }
  return serving;
}

export async function isListening(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

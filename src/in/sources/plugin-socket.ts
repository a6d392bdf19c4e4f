import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { count } from "../../core/base/count.ts";
import { encodeLine } from "../wire/plugin-protocol.ts";
import { AcceptedConnections } from "./accepted-connections.ts";
import type { OwnFolder } from "./own-folder.ts";
import { PendingBudget } from "./pending-blocks.ts";
import { PluginConnection, type RunEventTarget } from "./plugin-connection.ts";
import { DETAIL_BYTES_MAX, PluginTextBudget } from "./plugin-text-budget.ts";
import { ProcessNumbers } from "./process-numbers.ts";
import { UnsentReader } from "./unsent-message-reader.ts";

/** The socket's name in its folder. */
export const SOCKET_NAME = "plugin.sock";

/** Connections open at the same time. */
export const CONNECTIONS_MAX = 500;

/** Time a connection has for its hello. */
const HELLO_WITHIN_MS = 10_000;

/** Time that what is in flight has to arrive after the command ended; longer only for what outlives the command. */
const DRAIN_WITHIN_MS = 3_000;

/** How often what plugins have not sent yet is looked at: whoever looks on sees what runs. */
const HEAR_UNSENT_EVERY_MS = 100;

/** Refused connections that are listed individually; the rest is counted. */
export const REFUSALS_LISTED_MAX = 20;

/** Kinds of messages that are not known and listed by name. */
const UNKNOWN_KINDS_MAX = 20;

/** Old names of options that are reported. */
const OLD_NAMES_MAX = 20;

export interface PluginSocketOptions {
  /** The engine's version, for the welcome. */
  readonly engine: string;
  readonly folder: OwnFolder;
  readonly target: RunEventTarget;
  /** Whether plugins may keep messages in memory that is read ten times a second, rather than send them as their tests begin. Default true. */
  readonly readsUnsent?: boolean;
  /** A fault of ours, which costs the connection that it came up in. */
  readonly onFault: (error: unknown, during: string) => void;
  readonly helloWithinMs?: number;
  readonly drainWithinMs?: number;
  /** With a limit for tests. */
  readonly text?: PluginTextBudget;
}

/** A name under which an option was given, and the one it has now. */
export interface OldName {
  readonly was: string;
  readonly now: string;
}

/** Listens for pytest plugins on a private socket and turns what they say into events. */
export class PluginSocket implements AsyncDisposable {
  readonly path: string;
  readonly #options: PluginSocketOptions;
  readonly #server: Server;
  readonly #open = new Map<Socket, PluginConnection>();
  readonly #unknownKinds = new Map<string, number>();
  readonly #oldNames = new Map<string, string>();
  readonly #acceptFailures = new Set<string>();
  readonly #acceptedByNow = new AcceptedConnections();
  readonly #numbers = new ProcessNumbers();
  readonly #text: PluginTextBudget;
  readonly #pending = new PendingBudget();
  readonly #timer: NodeJS.Timeout;
  #refusals = 0;
  #allClosed: (() => void) | null = null;

  /** Listens from the moment the promise is fulfilled. The caller removes the folder after closing the socket. */
  static async open(options: PluginSocketOptions): Promise<PluginSocket> {
    const source = new PluginSocket(options);
    source.#server.listen(source.path);
    await once(source.#server, "listening");
    chmodSync(source.path, 0o600);
    return source;
  }

  private constructor(options: PluginSocketOptions) {
    this.path = join(options.folder.path, SOCKET_NAME);
    this.#options = options;
    this.#text = options.text ?? new PluginTextBudget();
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.on("error", (error) => this.#acceptFailures.add(error.message));
    this.#timer = setInterval(() => this.#hearUnsent(), HEAR_UNSENT_EVERY_MS).unref();
  }

  /** What lowers the confidence in what was heard, a sentence each. */
  warnings(): string[] {
    const unknown = [...this.#unknownKinds].map(
      ([name, messages]) => `skipped ${count(messages, "plugin message")} of the unknown kind "${name}"`,
    );
    const failures = [...this.#acceptFailures].map((message) => `could not accept a plugin: ${message}`);
    const untold = this.#refusals - REFUSALS_LISTED_MAX;
    return [
      ...unknown,
      ...failures,
      ...(untold > 0 ? [`refused ${untold} more connections`] : []),
      ...leftOutText(this.#text.leftOut),
    ];
  }

  /** Options that were given under an old name, each once, with the name it has now. */
  oldNames(): readonly OldName[] {
    return [...this.#oldNames].map(([was, now]) => ({ was, now }));
  }

  /**
   * Reads what plugins sent before now: every connection made so far is accepted, none later, and each is read to its
   * end. Returns after a limit if something keeps a connection open; what it says later is not heard.
   */
  async drain(): Promise<void> {
    const { promise: limit, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#options.drainWithinMs ?? DRAIN_WITHIN_MS);
    await Promise.race([this.#acceptedByNow.reach(this.path), limit]);
    this.#server.close();
    await Promise.race([this.#whenAllClosed(), limit]);
    clearTimeout(timer);
    // Node holds a connection until what its "close" had begun is over, and with it all that heard it: the ledger of the run.
    await nextTurn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const sockets = [...this.#open.keys()];
    this.#open.clear();
    for (const socket of sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  #whenAllClosed(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#allClosed = resolve;
    });
  }

  #accept(socket: Socket): void {
    const connection = this.#connect(socket);
    this.#open.set(socket, connection);
    const timer = setTimeout(() => {
      if (!connection.isIntroduced) this.#guard(socket, () => connection.refuse("it said no hello in time"));
    }, this.#options.helloWithinMs ?? HELLO_WITHIN_MS);
    socket.on("data", (chunk: Buffer) => {
      if (!this.#open.has(socket) || this.#acceptedByNow.isReachedBy(chunk)) return;
      this.#guard(socket, () => connection.receive(chunk));
    });
    // A reset is the end of a process like any other; "close" follows.
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      if (this.#open.delete(socket)) this.#guard(socket, () => connection.end());
      if (this.#open.size === 0) this.#allClosed?.();
    });
    if (this.#open.size > CONNECTIONS_MAX) connection.refuse(`more than ${CONNECTIONS_MAX} connections at once`);
  }

  #connect(socket: Socket): PluginConnection {
    return new PluginConnection({
      engine: this.#options.engine,
      target: this.#options.target,
      refused: (reason) => this.#noteRefusal(reason),
      answer: (message) => socket.write(encodeLine(message)),
      close: () => socket.destroySoon(),
      noteUnknownKind: (name) => this.#countUnknown(name),
      noteOldName: (was, now) => this.#noteOldName(was, now),
      openUnsent: (name) => {
        const { readsUnsent = true, folder } = this.#options;
        return readsUnsent ? UnsentReader.open(folder.path, name) : null;
      },
      numbers: this.#numbers,
      text: this.#text,
      pending: this.#pending,
    });
  }

  #hearUnsent(): void {
    for (const [socket, connection] of this.#open) this.#guard(socket, () => connection.hearUnsent());
  }

  /** Nothing that a client says may end more than its own connection. */
  #guard(socket: Socket, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onFault(error, "reading what a plugin sent");
      // Its "close" ends what it said as if its process had died.
      socket.destroy();
    }
  }

  #countUnknown(name: string): void {
    const known = this.#unknownKinds.get(name);
    if (known === undefined && this.#unknownKinds.size >= UNKNOWN_KINDS_MAX) return;
    this.#unknownKinds.set(name, (known ?? 0) + 1);
  }

  #noteOldName(was: string, now: string): void {
    if (this.#oldNames.size < OLD_NAMES_MAX) this.#oldNames.set(was, now);
  }

  #noteRefusal(reason: string): void {
    this.#refusals += 1;
    if (this.#refusals <= REFUSALS_LISTED_MAX) this.#options.target.apply({ kind: "refused", reason });
  }
}

function leftOutText(messages: number): string[] {
  if (messages === 0) return [];
  return [
    `left out ${count(messages, "plugin message")} with details of left-over memory: plugins sent over ${DETAIL_BYTES_MAX} bytes of them`,
  ];
}

import type { Books } from "../../core/ledger/books.ts";
import { LISTED_BUFFERS_MAX } from "../../core/ledger/books.ts";
import { CompatBooks } from "../../core/ledger/compat/books.ts";
import { COMPAT_LIMITS } from "../../core/ledger/compat/limits.ts";
import { COMPAT_RULES, type CompatVersion } from "../../core/ledger/compat/rules.ts";
import { ENTRIES_MAX, ServerBooks } from "../../core/ledger/server/server-books.ts";
import { type BufferMessage, MessageType } from "../../core/model/buffer-message.ts";
import type { BufferEvent, DeadProcess, RemainingView } from "../../core/model/server-view.ts";
import type { AllocationTarget, TextClient } from "../../in/sources/allocation-connection.ts";
import { AllocationSocket, type SocketTotals } from "../../in/sources/allocation-socket.ts";
import { libcFault } from "../../in/sources/libc.ts";
import { isProcHidden } from "../../in/sources/proc.ts";
import { PROCESSES_MAX, ProcessRegistry } from "../../in/sources/process-registry.ts";
import type { Dialect } from "../../in/wire/alloc-dialects.ts";
import { encodeDeviceInfo, encodeResponse } from "../../in/wire/alloc-replies.ts";
import type { Flavour, ServerText } from "../../out/server-text/flavour.ts";
import type { Faults } from "../faults.ts";
import { IdleMemory } from "./idle-memory.ts";

/** What the server says to people besides its text: a line each. */
export interface ServerLog {
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
}

export interface AllocationServerOptions {
  readonly socketPath: string;
  /** Permissions of the socket's file. */
  readonly mode: number;
  readonly gid: number | null;
  /** The earlier version whose books are kept; null for the right ones. */
  readonly compat: CompatVersion | null;
  readonly flavour: Flavour;
  /** Whether to print what the flavour prints by itself: events, dumps, dead processes. */
  readonly print: ((text: ServerText) => void) | null;
  /** Prints every event, also frees of buffers that are not known. */
  readonly isVerbose: boolean;
  readonly onEvent: ((event: BufferEvent, type: number) => void) | null;
  /** Answers a line of text. */
  readonly onCommand: (server: AllocationServer, text: string, client: TextClient) => Promise<void>;
  readonly log: ServerLog;
  readonly faults: Faults;
}

/** Time between looks at whether clients live, as ever. */
const SWEEP_EVERY_MS = 3_000;
/** The versions before V144 looked less often. */
const EARLIER_SWEEP_EVERY_MS = 5_000;

/** Time between the end of a process's connection and its own: it closes its descriptors first. */
const SECOND_LOOK_AFTER_MS = 100;

/** Time that work on millions of buffers may take before clients are read again. */
const SLICE_MS = 4;
/** Entries that are freed between looks at the clock after a process has gone. */
const REAP_ENTRIES = 500;

/** Dead processes that are kept one by one. */
const DEAD_TOLD_MAX = 1_000;
/** Reasons of closed connections that are kept one by one, and logged. */
const REFUSALS_TOLD_MAX = 200;
const REFUSALS_LOGGED_MAX = 20;
/** Of one reason, in characters. */
const REFUSAL_CHARACTERS_MAX = 300;

/** What clients said, booked; it prints what the earlier server printed, and answers. */
export class AllocationServer implements AllocationTarget, AsyncDisposable {
  readonly #options: AllocationServerOptions;
  readonly #processes = new ProcessRegistry();
  #books: ServerBooks | CompatBooks;
  readonly #isTold: boolean;
  readonly #atExit: DeadProcess[] = [];
  readonly #refusals: string[] = [];
  readonly #timer: NodeJS.Timeout;
  #socket: AllocationSocket | null = null;
  #reaping = false;
  #isSweepDue = false;
  #secondLook: NodeJS.Timeout | null = null;
  #departed = 0;
  readonly #memory = new IdleMemory();

  static async open(options: AllocationServerOptions): Promise<AllocationServer> {
    const server = new AllocationServer(options);
    try {
      server.#socket = await AllocationSocket.open({
        path: options.socketPath,
        mode: options.mode,
        gid: options.gid,
        processes: server.#processes,
        target: server,
        onRefused: (reason) => server.#refused(reason),
        onGone: () => void server.#sweepSoon(),
        onFault: (error, during) => options.faults.note(error, during),
        onWarning: (text) => options.log.warn(text),
      });
    } catch (error) {
      clearInterval(server.#timer);
      throw error;
    }
    for (const text of unseen()) options.log.warn(text);
    return server;
  }

  private constructor(options: AllocationServerOptions) {
    this.#options = options;
    this.#books = this.#newBooks();
    const { compat, print, flavour, isVerbose, onEvent } = options;
    this.#isTold = onEvent !== null || (print !== null && (flavour.printsEvents || isVerbose));
    const everyMs = compat === null || compat === "v144" ? SWEEP_EVERY_MS : EARLIER_SWEEP_EVERY_MS;
    this.#timer = setInterval(() => this.#tick(), everyMs);
    this.#timer.unref();
  }

  #newBooks(): ServerBooks | CompatBooks {
    const { compat } = this.#options;
    return compat === null ? new ServerBooks((id) => this.#processes.pidOf(id)) : new CompatBooks(COMPAT_RULES[compat]);
  }

  get types(): "known" | "any" {
    return this.#options.compat === null ? "known" : "any";
  }

  get books(): Books {
    return this.#books;
  }

  /** The right books; null in compat. */
  get serverBooks(): ServerBooks | null {
    return this.#books instanceof ServerBooks ? this.#books : null;
  }

  get socketTotals(): SocketTotals {
    if (this.#socket === null) throw new Error("the server is not open yet");
    return this.#socket.totals();
  }

  /** Messages that were not booked, by reason. */
  get refusedMessages(): Readonly<Record<string, number>> {
    return this.#books instanceof ServerBooks ? this.#books.totals().refusals : this.#books.leftOut;
  }

  get options(): AllocationServerOptions {
    return this.#options;
  }

  /** Processes that are gone and left something, ever. */
  get departed(): number {
    return this.#departed;
  }

  /** What processes that are gone left, oldest first, without the first `departed` of all; the newest are kept. */
  atExit(departed: number): readonly DeadProcess[] {
    return this.#atExit.slice(Math.max(0, this.#atExit.length - (this.#departed - departed)));
  }

  /** Every table that clients fill: how much of it is used, and how much there is. */
  tables(): Readonly<Record<string, { readonly used: number; readonly max: number }>> {
    const { open, openMax } = this.socketTotals;
    return {
      connections: { used: open, max: openMax },
      processes: { used: this.#processes.known, max: PROCESSES_MAX },
      ...booksTables(this.#books),
      "processes at exit": { used: this.#atExit.length, max: DEAD_TOLD_MAX },
      refusals: { used: this.#refusals.length, max: REFUSALS_TOLD_MAX },
    };
  }

  /** Why connections were closed, the first ones. */
  get refusals(): readonly string[] {
    return this.#refusals;
  }

  /** Pids of senders with anything booked of which nobody can say whether they live. */
  unverifiable(): readonly number[] {
    return this.#owners("unverifiable").map((id) => this.#processes.pidOf(id));
  }

  checkpoint(): Promise<void> {
    return this.#socket?.checkpoint() ?? Promise.resolve();
  }

  apply(message: BufferMessage, processId: number, atMs: number): void {
    this.#books.apply(message, processId, atMs);
    if (this.#isTold) this.#tell(message.type);
  }

  answer(message: BufferMessage, dialect: Dialect): Uint8Array {
    if (message.type === MessageType.query) return encodeResponse(dialect, this.#books.counters(message.device));
    return encodeDeviceInfo(dialect, message.device, null, 0);
  }

  dump(type: number, checkpoint: () => Promise<void>): Promise<void> | undefined {
    if (this.#options.compat === null) return checkpoint().then(() => this.#dumpAll(type));
    // The earlier server dumped what it had read so far, in the middle of reading.
    const isKnown = this.#options.flavour.messageTypes.has(type);
    if (!isKnown) this.#print({ out: "", err: this.#options.flavour.unknownType(type) });
    else if (type === MessageType.dumpKernels) this.#printKernels();
    else this.#printRemaining(this.sweep(), this.#books.remaining(LISTED_BUFFERS_MAX));
    return undefined;
  }

  async #dumpAll(type: number): Promise<void> {
    if (type === MessageType.dumpKernels) this.#printKernels();
    else this.#printRemaining(this.sweep(), await this.remaining(LISTED_BUFFERS_MAX));
  }

  #printKernels(): void {
    this.#print({ out: this.#options.flavour.kernels(this.#books.kernels(performance.now())), err: "" });
  }

  #printRemaining(dead: readonly DeadProcess[], remaining: RemainingView): void {
    this.#print({ out: this.#options.flavour.remaining(remaining, dead), err: "" });
  }

  command(text: string, client: TextClient): Promise<void> {
    return this.#options.onCommand(this, text, client);
  }

  /** What is live, without keeping clients waiting however much that is. */
  remaining(listedMax: number): Promise<RemainingView> | RemainingView {
    const books = this.serverBooks;
    if (books === null) return this.#books.remaining(listedMax);
    return inSlices(books.remainingSteps(listedMax, this.#options.flavour.tellsHistories));
  }

  /** Takes processes that are gone off the books, ascending by pid. */
  sweep(): readonly DeadProcess[] {
    const dead = this.#owners("dead")
      .map((id) => this.#books.removeOwner(id))
      .filter(({ buffers, cbs, kernels }) => buffers + cbs + kernels > 0)
      .toSorted((a, b) => a.pid - b.pid);
    this.#departed += dead.length;
    this.#atExit.push(...dead);
    this.#atExit.splice(0, Math.max(0, this.#atExit.length - DEAD_TOLD_MAX));
    if (dead.length > 0) this.#reapSoon();
    this.#processes.release((id) => this.serverBooks?.isBooked(id) ?? false);
    return dead;
  }

  /** As `sweep`, and says so. */
  sweepAndPrint(): void {
    this.#options.faults.guard("looking for processes that have ended", () => {
      const dead = this.sweep();
      if (dead.length > 0) this.#print({ out: this.#options.flavour.cleanup(dead), err: "" });
    });
  }

  /** Forgets all that is live. */
  reset(): void {
    this.#books = this.#newBooks();
    this.#atExit.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#secondLook ?? undefined);
    await this.#socket?.[Symbol.asyncDispose]();
  }

  #tick(): void {
    this.sweepAndPrint();
    const { bytes, connections, open } = this.socketTotals;
    // Entries of ended processes are still being given back.
    if (!this.#reaping) this.#memory.tick(bytes + connections + open + this.#departed);
  }

  #owners(liveness: "dead" | "unverifiable"): readonly number[] {
    const owners = this.#books.owners();
    if (this.#options.compat !== null) return owners.filter((pid) => liveness === "dead" && !isSignalled(pid));
    return owners.filter((id) => {
      const sender = this.#processes.of(id);
      return sender !== null && this.#processes.livenessOf(sender) === liveness;
    });
  }

  /** When clients have gone, rather than seconds later; what they sent last is read first. */
  async #sweepSoon(): Promise<void> {
    // Many that go at once are one sweep: each looks at every process.
    if (this.#isSweepDue || this.#options.compat !== null) return;
    this.#isSweepDue = true;
    await this.checkpoint();
    this.#isSweepDue = false;
    this.sweepAndPrint();
    this.#secondLook ??= setTimeout(() => this.sweepAndPrint(), SECOND_LOOK_AFTER_MS).unref();
    this.#secondLook.refresh();
  }

  #reapSoon(): void {
    const books = this.serverBooks;
    if (this.#reaping || books === null) return;
    this.#reaping = true;
    const step = (): void => {
      // A fault leaves it to the next process that ends.
      this.#reaping = this.#options.faults.guard("giving back what processes left", () => reapSlice(books)) ?? false;
      if (this.#reaping) setImmediate(step);
    };
    setImmediate(step);
  }

  #tell(type: number): void {
    const { flavour, print, onEvent, isVerbose, compat } = this.#options;
    const event = this.#books.lastEvent();
    onEvent?.(event, type);
    if (print === null || (!flavour.printsEvents && !isVerbose)) return;
    const isKnown = flavour.messageTypes.has(type);
    // They are many where the server was started late, and no fault of whoever reads this.
    if (event.outcome === "unknown-free" && compat === null && !isVerbose) return;
    print(isKnown ? flavour.event(event) : { out: "", err: flavour.unknownType(type) });
  }

  #print(text: ServerText): void {
    this.#options.print?.(text);
  }

  #refused(reason: string): void {
    if (this.#refusals.length >= REFUSALS_TOLD_MAX) return;
    const told = reason.slice(0, REFUSAL_CHARACTERS_MAX);
    this.#refusals.push(told);
    if (this.#refusals.length <= REFUSALS_LOGGED_MAX) this.#options.log.warn(`closed a connection: ${told}`);
    if (this.#refusals.length !== REFUSALS_LOGGED_MAX) return;
    this.#options.log.warn("more connections that are closed are not logged: see `tt-memwatch stats --json`");
  }
}

function booksTables(books: ServerBooks | CompatBooks): ReturnType<AllocationServer["tables"]> {
  if (books instanceof ServerBooks) return { buffers: { used: books.entries, max: ENTRIES_MAX } };
  return {
    buffers: { used: books.entries, max: COMPAT_LIMITS.entries },
    "remembered events": { used: books.events, max: COMPAT_LIMITS.events },
  };
}

/** Gives whether there is more to do. */
function reapSlice(books: ServerBooks): boolean {
  const untilMs = performance.now() + SLICE_MS;
  while (books.reap(REAP_ENTRIES)) if (performance.now() >= untilMs) return true;
  return false;
}

/** What this server cannot know about its clients, a line each. */
function unseen(): readonly string[] {
  const fault = libcFault();
  return [
    ...(isProcHidden() ? [`/proc is hidden: of processes that it does not show nobody can say whether they live`] : []),
    ...(fault === null ? [] : [`who connects cannot be told (${fault}): what processes leave stays on the books`]),
  ];
}

/** As the earlier server asked: whatever the reason why a signal cannot be sent, the process counts as gone. */
function isSignalled(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Runs steps for a few milliseconds at a time, and lets clients be read in between. */
async function inSlices<T>(steps: Generator<void, T, void>): Promise<T> {
  for (;;) {
    const untilMs = performance.now() + SLICE_MS;
    while (performance.now() < untilMs) {
      const { done, value } = steps.next();
      if (done) return value;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

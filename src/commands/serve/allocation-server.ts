import type { Books, Change, TracedBirth } from "../../core/ledger/books.ts";
import type { ServerBooks } from "../../core/ledger/server/server-books.ts";
import { type BufferMessage, MessageType } from "../../core/model/buffer-message.ts";
import type { EarlierVersion } from "../../core/model/earlier-version.ts";
import type { BufferEvent, EndedProcess, RemainingView } from "../../core/model/server-view.ts";
import { LISTED_BUFFERS_MAX } from "../../core/model/server-view.ts";
import type { AllocationTarget, TextClient } from "../../in/sources/allocation-connection.ts";
import { AllocationSocket, type SocketTotals } from "../../in/sources/allocation-socket.ts";
import { libcFault } from "../../in/sources/libc.ts";
import { isProcHidden } from "../../in/sources/proc.ts";
import { type Peer, PROCESSES_MAX, ProcessRegistry } from "../../in/sources/process-registry.ts";
import type { Dialect } from "../../in/wire/alloc-dialects.ts";
import { encodeDeviceInfo, encodeResponse } from "../../in/wire/alloc-replies.ts";
import type { Flavour, ServerText } from "../../out/server-text/flavour.ts";
import type { Faults } from "../faults.ts";
import { type BookKeeping, CompatBookKeeping, RightBookKeeping, type TableUse } from "./book-keeping.ts";
import { ENDED_LISTED_MAX, EndedProcesses } from "./ended-processes.ts";
import { IdleMemory } from "./idle-memory.ts";
import { REFUSALS_LISTED_MAX, Refusals } from "./refusals.ts";
import { TracedProcesses } from "./traced-processes.ts";

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
  readonly compat: EarlierVersion | null;
  readonly flavour: Flavour;
  /** Whether to print what the flavour prints by itself: events, dumps, ended processes. */
  readonly print: ((text: ServerText) => void) | null;
  /** Prints every event, also frees of buffers that are not known. */
  readonly isVerbose: boolean;
  /** Whether it follows the rings of processes that announce them. */
  readonly followsRings: boolean;
  readonly onEvent: ((event: BufferEvent, type: number) => void) | null;
  /** Answers a line of text. */
  readonly onCommand: (server: AllocationServer, text: string, client: TextClient) => Promise<void>;
  readonly log: ServerLog;
  readonly faults: Faults;
}

/** Time between the end of a process's connection and its own: it closes its descriptors first. */
const SECOND_LOOK_AFTER_MS = 100;

/** What clients said, booked; it prints what the earlier server printed, and answers. */
export class AllocationServer implements AllocationTarget, AsyncDisposable {
  readonly #options: AllocationServerOptions;
  readonly #processes = new ProcessRegistry();
  readonly #traced: TracedProcesses;
  #keeping: BookKeeping;
  readonly #reportsEvents: boolean;
  readonly #atExit = new EndedProcesses();
  readonly #refusals: Refusals;
  readonly #timer: NodeJS.Timeout;
  #socket: AllocationSocket | null = null;
  #isSweepDue = false;
  #secondLook: NodeJS.Timeout | null = null;
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
        onRefused: (reason) => server.#refusals.add(reason),
        onGone: () => void server.#sweepSoon(),
        onFault: (error, during) => options.faults.note(error, during),
        onWarning: (text) => options.log.warn(text),
      });
    } catch (error) {
      clearInterval(server.#timer);
      server.#traced[Symbol.dispose]();
      throw error;
    }
    server.#discover();
    for (const text of unseen()) options.log.warn(text);
    return server;
  }

  private constructor(options: AllocationServerOptions) {
    this.#options = options;
    this.#refusals = new Refusals((text) => options.log.warn(text));
    this.#traced = this.#newTraced();
    this.#keeping = this.#newKeeping();
    const { print, flavour, isVerbose, onEvent } = options;
    this.#reportsEvents = onEvent !== null || (print !== null && (flavour.printsEvents || isVerbose));
    this.#timer = setInterval(() => this.#tick(), this.#keeping.sweepEveryMs);
    this.#timer.unref();
  }

  #newKeeping(): BookKeeping {
    const { compat, faults } = this.#options;
    if (compat !== null) return new CompatBookKeeping(compat);
    return new RightBookKeeping(this.#processes, this.#traced.originOf, faults);
  }

  #newTraced(): TracedProcesses {
    return new TracedProcesses({
      registry: this.#processes,
      target: {
        applyTraced: (message, processId, birth) => this.#applyTraced(message, processId, birth),
        ofAllocator: (processId, allocator) => this.serverBooks?.ofAllocator(processId, allocator) ?? [],
      },
      onFollow: (processId, isAgain) => this.#follow(processId, isAgain),
      guard: (work) => this.#options.faults.guard("reading rings", work),
    });
  }

  /** What its frames said is no longer what is booked: the ring knows better. */
  #follow(processId: number, isAgain: boolean): void {
    const { books, serverBooks, shadow } = this.#keeping;
    if (serverBooks === null || shadow === null) books.removeOwner(this.#processes.pidOf(processId));
    else if (isAgain) books.removeOwner(processId);
    else serverBooks.moveOwner(processId, shadow);
  }

  #applyTraced(message: BufferMessage, processId: number, birth: TracedBirth): Change {
    const change = this.books.applyTraced(message, processId, 0, birth);
    if (this.#reportsEvents) this.#report(message.type);
    return change;
  }

  get types(): "known" | "any" {
    return this.#keeping.types;
  }

  get books(): Books {
    return this.#keeping.books;
  }

  /** The right books, which can be listed and compared; null in --compat. */
  get serverBooks(): ServerBooks | null {
    return this.#keeping.serverBooks;
  }

  get socketTotals(): SocketTotals {
    if (this.#socket === null) throw new Error("the server is not open yet");
    return this.#socket.totals();
  }

  /** Messages that were not booked, by reason. */
  get refusedMessages(): Readonly<Record<string, number>> {
    return this.#keeping.refusedMessages;
  }

  get options(): AllocationServerOptions {
    return this.#options;
  }

  /** Processes that ended and left something, since the start. */
  get ended(): number {
    return this.#atExit.count;
  }

  /** What processes that ended left, oldest first, without the first `ended` of all; the newest are kept. */
  atExit(ended: number): readonly EndedProcess[] {
    return this.#atExit.since(ended);
  }

  /** Every table that clients fill: how much of it is used, and how much there is. */
  tables(): Readonly<Record<string, TableUse>> {
    const { open, openMax } = this.socketTotals;
    return {
      connections: { used: open, max: openMax },
      processes: { used: this.#processes.known, max: PROCESSES_MAX },
      ...this.#keeping.tables,
      "processes at exit": { used: this.#atExit.kept, max: ENDED_LISTED_MAX },
      refusals: { used: this.refusals.length, max: REFUSALS_LISTED_MAX },
    };
  }

  /** Why connections were closed, the first ones. */
  get refusals(): readonly string[] {
    return this.#refusals.reasons;
  }

  /** Pids of senders with anything booked of which nobody can say whether they live. */
  unverifiable(): readonly number[] {
    return this.#keeping.owners("unverifiable").map((id) => this.#processes.pidOf(id));
  }

  checkpoint(): Promise<void> {
    return this.#socket?.checkpoint() ?? Promise.resolve();
  }

  /** The processes whose rings are followed. */
  get traced(): TracedProcesses {
    return this.#traced;
  }

  /** What processes sent in frames whose rings are followed; null in --compat. */
  get shadow(): ServerBooks | null {
    return this.#keeping.shadow;
  }

  opened(connection: number, { credentials }: Peer): void {
    if (credentials !== null) this.#traced.opened(connection, credentials.pid);
  }

  closed(connection: number): void {
    this.#traced.answered(connection);
  }

  answered(connection: number): void {
    this.#traced.answered(connection);
  }

  catchUp(connection: number | null): Promise<void> | undefined {
    return this.#traced.catchUp(connection);
  }

  apply(message: BufferMessage, processId: number, atMs: number): void {
    if (this.#traced.count > 0 && this.#traced.isFollowed(processId)) {
      this.shadow?.apply(message, processId, atMs);
      return;
    }
    this.#keeping.books.apply(message, processId, atMs);
    if (this.#reportsEvents) this.#report(message.type);
  }

  answer(message: BufferMessage, dialect: Dialect): Uint8Array {
    if (message.type === MessageType.query) return encodeResponse(dialect, this.books.counters(message.device));
    return encodeDeviceInfo(dialect, message.device, null, 0);
  }

  dump(type: number, checkpoint: () => Promise<void>, connection: number): Promise<void> | undefined {
    // The earlier server's books are dumped as they are, at once.
    if (this.types === "any") {
      const reading = this.catchUp(connection);
      if (reading !== undefined) return reading.then(() => this.#dump(type));
    }
    return this.#keeping.withAllBooked(checkpoint, () => this.#dump(type));
  }

  #dump(type: number): Promise<void> | undefined {
    const { flavour } = this.#options;
    if (this.types === "any" && !flavour.messageTypes.has(type)) {
      this.#print({ out: "", err: flavour.unknownType(type) });
      return undefined;
    }
    if (type === MessageType.dumpKernels) {
      this.#print({ out: flavour.kernels(this.books.kernels(performance.now())), err: "" });
      return undefined;
    }
    const ended = this.sweep();
    const print = (remaining: RemainingView): void =>
      this.#print({ out: flavour.remaining(remaining, ended), err: "" });
    const remaining = this.remaining(LISTED_BUFFERS_MAX);
    if (remaining instanceof Promise) return remaining.then(print);
    print(remaining);
    return undefined;
  }

  command(text: string, client: TextClient): Promise<void> {
    return this.#options.onCommand(this, text, client);
  }

  /** What is live, without keeping clients waiting however much that is. */
  remaining(listedMax: number): Promise<RemainingView> | RemainingView {
    return this.#keeping.remaining(listedMax, this.#options.flavour.tellsHistories);
  }

  /** Takes processes that have ended off the books, ascending by pid. */
  sweep(): readonly EndedProcess[] {
    this.#traced.finishEnded();
    const ended = this.#keeping
      .owners("ended")
      .filter((id) => !this.#traced.isPaused(id))
      .map((id) => this.books.removeOwner(id))
      .filter(({ buffers, cbs, kernels }) => buffers + cbs + kernels > 0)
      .toSorted((a, b) => a.pid - b.pid);
    this.#atExit.add(ended);
    this.#traced.release((id) => this.#keeping.isBooked(id));
    for (const id of this.shadow?.owners() ?? []) if (!this.#traced.isFollowed(id)) this.shadow?.removeOwner(id);
    this.#keeping.reap();
    this.#processes.release((id) => this.#keeping.isBooked(id));
    return ended;
  }

  /** As `sweep`, and says so. */
  sweepAndPrint(): void {
    this.#options.faults.guard("looking for processes that have ended", () => {
      const ended = this.sweep();
      if (ended.length > 0) this.#print({ out: this.#options.flavour.cleanup(ended), err: "" });
    });
  }

  /** Forgets all that is live. */
  reset(): void {
    this.#keeping = this.#newKeeping();
    this.#traced.startOver();
    this.#atExit.forget();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#secondLook ?? undefined);
    this.#traced[Symbol.dispose]();
    await this.#socket?.[Symbol.asyncDispose]();
  }

  #discover(): void {
    const { followsRings, socketPath, faults } = this.#options;
    if (followsRings) faults.guard("looking for rings", () => this.#traced.discover(socketPath));
  }

  #tick(): void {
    this.#discover();
    this.sweepAndPrint();
    const { bytes, connections, open } = this.socketTotals;
    // Entries of ended processes are still being given back.
    if (!this.#keeping.isReaping) this.#memory.tick(bytes + connections + open + this.ended);
  }

  /** When clients have gone, rather than seconds later; what they sent last is read first. */
  async #sweepSoon(): Promise<void> {
    // Many that go at once are one sweep: each looks at every process.
    if (this.#isSweepDue || !this.#keeping.sweepsAtOnce) return;
    this.#isSweepDue = true;
    await this.checkpoint();
    this.#isSweepDue = false;
    this.sweepAndPrint();
    this.#secondLook ??= setTimeout(() => this.sweepAndPrint(), SECOND_LOOK_AFTER_MS).unref();
    this.#secondLook.refresh();
  }

  #report(type: number): void {
    const { flavour, print, onEvent, isVerbose } = this.#options;
    const event = this.books.lastEvent();
    onEvent?.(event, type);
    if (print === null || (!flavour.printsEvents && !isVerbose)) return;
    const isKnown = flavour.messageTypes.has(type);
    if (event.outcome === "unknown-free" && !this.#keeping.printsUnknownFrees && !isVerbose) return;
    print(isKnown ? flavour.event(event) : { out: "", err: flavour.unknownType(type) });
  }

  #print(text: ServerText): void {
    this.#options.print?.(text);
  }
}

/** What this server cannot know about its clients, a line each. */
function unseen(): readonly string[] {
  const fault = libcFault();
  return [
    ...(isProcHidden() ? [`/proc is hidden: of processes that it does not show nobody can say whether they live`] : []),
    ...(fault === null ? [] : [`who connects cannot be told (${fault}): what processes leave stays on the books`]),
  ];
}

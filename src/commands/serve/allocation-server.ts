import type { Books } from "../../core/ledger/books.ts";
import type { ServerBooks } from "../../core/ledger/server/server-books.ts";
import type { EndedProcess, RemainingView } from "../../core/model/server-view.ts";
import { AllocationSocket } from "../../in/sources/allocation-socket.ts";
import type { TextClient } from "../../in/sources/allocation-target.ts";
import { ProcessRegistry, SENDERS_MAX } from "../../in/sources/process-registry.ts";
import type { SocketTotals } from "../../in/sources/socket-tally.ts";
import { blindSpots } from "./blind-spots.ts";
import { Booking, type BookingOptions } from "./book-messages.ts";
import type { TableUse } from "./books-by-version.ts";
import { IdleMemory } from "./idle-memory.ts";
import { ENDED_LISTED_MAX } from "./left-by-ended-processes.ts";
import { Refusals, SERVER_REFUSALS_LISTED_MAX } from "./refusals.ts";
import { RegionEvidence } from "./region-evidence.ts";
import type { TracedProcesses } from "./traced-processes.ts";

/** What the server says to people besides its text: a line each. */
export interface ServerLog {
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
}

export interface AllocationServerOptions extends Omit<BookingOptions, "checkpoint" | "onCommand"> {
  readonly socketPath: string;
  /** Permissions of the socket's file. */
  readonly mode: number;
  readonly gid: number | null;
  /** Whether it follows the rings of processes that announce them. */
  readonly followsRings: boolean;
  /** Answers a line of text. */
  readonly onCommand: (server: AllocationServer, text: string, client: TextClient) => Promise<void>;
  readonly log: ServerLog;
}

/** Listens to clients and rings, and has what they said booked. */
export class AllocationServer implements AsyncDisposable {
  readonly #options: AllocationServerOptions;
  readonly #processes = new ProcessRegistry();
  readonly #booking: Booking;
  readonly #refusals: Refusals;
  readonly #timer: NodeJS.Timeout;
  #socket: AllocationSocket | null = null;
  readonly #memory = new IdleMemory();
  /** Holds what rings have booked against regions. */
  readonly regions = new RegionEvidence(() => this.traced.followed());

  static async open(options: AllocationServerOptions): Promise<AllocationServer> {
    const server = new AllocationServer(options);
    try {
      server.#socket = await AllocationSocket.open({
        path: options.socketPath,
        mode: options.mode,
        gid: options.gid,
        processes: server.#processes,
        target: server.#booking,
        onRefused: (reason) => server.#refusals.add(reason),
        onGone: () => void server.#booking.sweeps.soon(),
        onFault: (error, during) => options.faults.note(error, during),
        onWarning: (text) => options.log.warn(text),
      });
    } catch (error) {
      clearInterval(server.#timer);
      server.#booking[Symbol.dispose]();
      throw error;
    }
    server.#discover();
    for (const text of blindSpots()) options.log.warn(text);
    return server;
  }

  private constructor(options: AllocationServerOptions) {
    this.#options = options;
    this.#refusals = new Refusals((text) => options.log.warn(text));
    this.#booking = new Booking(this.#processes, {
      ...options,
      checkpoint: () => this.checkpoint(),
      onCommand: (text, client) => options.onCommand(this, text, client),
    });
    this.#timer = setInterval(() => this.#tick(), this.#booking.keeping.sweepEveryMs);
    this.#timer.unref();
  }

  get books(): Books {
    return this.#booking.keeping.books;
  }

  /** The right books, which can be listed and compared; null in --compat. */
  get serverBooks(): ServerBooks | null {
    return this.#booking.keeping.serverBooks;
  }

  get socketTotals(): SocketTotals {
    if (this.#socket === null) throw new Error("the server is not open yet");
    return this.#socket.totals();
  }

  /** Messages that were not booked, by reason. */
  get refusedMessages(): Readonly<Record<string, number>> {
    return this.#booking.keeping.refusedMessages;
  }

  get options(): AllocationServerOptions {
    return this.#options;
  }

  /** Processes that ended and left something, since the start. */
  get ended(): number {
    return this.#booking.sweeps.ended.count;
  }

  /** What processes that ended left, oldest first, without the first `ended` of all; the newest are kept. */
  atExit(ended: number): readonly EndedProcess[] {
    return this.#booking.sweeps.ended.since(ended);
  }

  /** Every table that clients fill: how much of it is used, and how much there is. */
  tables(): Readonly<Record<string, TableUse>> {
    const { open, openMax } = this.socketTotals;
    return {
      connections: { used: open, max: openMax },
      processes: { used: this.#processes.known, max: SENDERS_MAX },
      ...this.#booking.keeping.tables,
      "processes at exit": { used: this.#booking.sweeps.ended.kept, max: ENDED_LISTED_MAX },
      refusals: { used: this.refusals.length, max: SERVER_REFUSALS_LISTED_MAX },
    };
  }

  /** Why connections were closed, the first ones. */
  get refusals(): readonly string[] {
    return this.#refusals.reasons;
  }

  /** Pids of senders with anything booked of which nobody can say whether they live. */
  unverifiable(): readonly number[] {
    return this.#booking.keeping.owners("unverifiable").map((id) => this.#processes.pidOf(id));
  }

  checkpoint(): Promise<void> {
    return this.#socket?.checkpoint() ?? Promise.resolve();
  }

  /** The processes whose rings are followed. */
  get traced(): TracedProcesses {
    return this.#booking.traced;
  }

  /** What processes sent in frames whose rings are followed; null in --compat. */
  get shadow(): ServerBooks | null {
    return this.#booking.keeping.shadow;
  }

  /** Takes processes that have ended off the books, and says so. */
  sweepAndPrint(): void {
    this.#booking.sweeps.sweepAndSay();
  }

  /** What is live, without keeping clients waiting however much that is. */
  remaining(listedMax: number): Promise<RemainingView> | RemainingView {
    return this.#booking.remaining(listedMax);
  }

  /** Has what is known of rings recorded: to be called before a recording ends. */
  recordRings(): void {
    this.#booking.recordRings();
  }

  /** Forgets all that is live. */
  reset(): void {
    this.#booking.reset();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#booking[Symbol.dispose]();
    await this.#socket?.[Symbol.asyncDispose]();
  }

  #discover(): void {
    const { followsRings, socketPath, faults } = this.#options;
    if (followsRings) faults.guard("looking for rings", () => this.#booking.traced.discover(socketPath));
  }

  #tick(): void {
    this.#discover();
    this.sweepAndPrint();
    const { bytes, connections, open } = this.socketTotals;
    // Entries of ended processes are still being given back.
    if (!this.#booking.keeping.isReaping) this.#memory.tick(bytes + connections + open + this.ended);
  }
}

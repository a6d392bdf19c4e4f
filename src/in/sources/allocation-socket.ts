import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { UsageError } from "../../core/base/usage-error.ts";
import { DIALECTS } from "../wire/allocation-dialects.ts";
import { HEADROOM, ReadBuffer } from "../wire/allocation-frame-reader.ts";
import { adoptSocket, descriptorOf } from "./adopt-socket.ts";
import { AllocationConnection } from "./allocation-connection.ts";
import type { AllocationTarget } from "./allocation-target.ts";
import { connectionsMax } from "./connections-max.ts";
import { peerCredentials } from "./libc.ts";
import { listenPrivately } from "./listen-privately.ts";
import { type ProcessRegistry, peerOf } from "./process-registry.ts";
import { reachCheckpoint } from "./reach-checkpoint.ts";
import { claimSocket, type SocketClaim } from "./socket-claim.ts";
import { SocketFile } from "./socket-file.ts";
import { SocketTally, type SocketTotals } from "./socket-tally.ts";
import { StalledFrames } from "./stalled-frames.ts";

/** Clients that may wait to be accepted, as with the earlier server. */
const BACKLOG = 128;

const LARGEST_KNOWN_BYTES = DIALECTS["144"].frameBytes;

/** Clients that are there before they are accepted: Linux lets one more wait than it is told. */
const UNACCEPTED_MAX = BACKLOG + 1;
/**
 * Turns of the event loop that a checkpoint takes at most: one accepts one client, and clients that never stop sending
 * cannot hold it up.
 */
const CHECKPOINT_TURNS_MAX = UNACCEPTED_MAX + 64;

export interface AllocationSocketOptions {
  readonly path: string;
  /** Permissions of the socket's file. */
  readonly mode: number;
  /** Group id of the socket's file; null to leave it. */
  readonly gid: number | null;
  readonly processes: ProcessRegistry;
  readonly target: AllocationTarget;
  /** A connection was closed because of what it sent. */
  readonly onRefused: (reason: string) => void;
  /** A fault of ours, which costs the connection or the tick that it came up in. */
  readonly onFault: (error: unknown, during: string) => void;
  /** The last connection that spoke for some processes has ended. */
  readonly onGone: () => void;
  readonly onWarning: (text: string) => void;
}

/** Listens for clients of the earlier allocation server, in all dialects, and for requests in text. */
export class AllocationSocket implements AsyncDisposable {
  readonly #options: AllocationSocketOptions;
  readonly #claim: SocketClaim;
  readonly #server: Server;
  readonly #buffer = new ReadBuffer();
  readonly #area = this.#buffer.bytes.subarray(HEADROOM);
  readonly #open = new Map<AllocationConnection, Socket>();
  readonly #stalled = new StalledFrames<AllocationConnection>(
    (work) => this.#guard("looking after clients", work),
    () => performance.now(),
  );
  /** Connections open at the same time. */
  readonly #openMax = connectionsMax();
  #file: SocketFile | null = null;
  readonly #tally = new SocketTally();
  #accepted = 0;

  /** Listens from the moment the promise is fulfilled. Throws UsageError where that is not possible. */
  static async open(options: AllocationSocketOptions): Promise<AllocationSocket> {
    const claim = await claimSocket(options.path);
    const source = new AllocationSocket(options, claim);
    try {
      await source.#listen();
    } catch (error) {
      await source[Symbol.asyncDispose]();
      throw new UsageError(`cannot listen on ${options.path}: ${error instanceof Error ? error.message : error}`);
    }
    return source;
  }

  private constructor(options: AllocationSocketOptions, claim: SocketClaim) {
    this.#options = options;
    this.#claim = claim;
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) =>
      this.#guard("accepting a client", () => this.#accept(socket)),
    );
  }

  async #listen(): Promise<void> {
    const { path, mode, gid } = this.#options;
    await listenPrivately(this.#server, { path, mode, gid, backlog: BACKLOG });
    this.#server.on("error", (error) => this.#options.onWarning(`cannot accept a client: ${error.message}`));
    this.#file = new SocketFile(path);
  }

  get path(): string {
    return this.#options.path;
  }

  totals(): SocketTotals {
    return this.#tally.totals([...this.#open.keys()], this.#openMax);
  }

  /**
   * Fulfilled when all that any client sent or recorded before now has been booked, or before the connection `asker`
   * asked.
   */
  async checkpoint(asker: number | null = null): Promise<void> {
    const clients = { accepted: () => this.#accepted, open: () => this.#open.keys() };
    if (!(await reachCheckpoint(clients, UNACCEPTED_MAX, CHECKPOINT_TURNS_MAX))) {
      this.#options.onWarning(
        `clients did not stop sending for ${CHECKPOINT_TURNS_MAX} turns: a dump may lack the newest`,
      );
    }
    await this.#options.target.catchUp(asker);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stalled[Symbol.dispose]();
    for (const socket of this.#open.values()) socket.destroy();
    this.#open.clear();
    // By now it may be another server's: the earlier one takes it without asking.
    this.#file?.remove();
    this.#file?.[Symbol.dispose]();
    if (this.#server.listening) {
      this.#server.close();
      await once(this.#server, "close");
    }
    await this.#claim[Symbol.asyncDispose]();
  }

  #accept(accepted: Socket): void {
    this.#accepted += 1;
    if (this.#open.size >= this.#openMax) {
      this.#drop(accepted);
      return;
    }
    this.#tally.connections += 1;
    const fd = descriptorOf(accepted);
    const peer = peerOf(fd === null ? null : peerCredentials(fd));
    const socket = adoptSocket(accepted, this.#area, (byteCount) => this.#read(connection, byteCount));
    const number = this.#accepted;
    const connection = new AllocationConnection({
      number,
      socket,
      peer,
      buffer: this.#buffer,
      processes: this.#options.processes,
      target: this.#options.target,
      checkpoint: () => this.checkpoint(number),
      refused: (reason) => this.#refuse(reason),
      fault: this.#options.onFault,
      unknownSize: (frameBytes) => this.#noteUnknownSize(frameBytes),
    });
    this.#open.set(connection, socket);
    this.#options.target.opened(number, peer);
    socket.on("error", () => {});
    socket.on("end", () => connection.end());
    socket.on("close", () => this.#guard("parting with a client", () => this.#close(connection)));
    socket.resume();
  }

  #guard(during: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onFault(error, during);
    }
  }

  #read(connection: AllocationConnection, byteCount: number): boolean {
    this.#tally.bytes += byteCount;
    const nowMs = performance.now();
    const goesOn = connection.receive(byteCount, byteCount < this.#area.length, Math.floor(nowMs));
    this.#stalled.heard(connection, nowMs);
    return goesOn;
  }

  #refuse(reason: string): void {
    this.#tally.refused += 1;
    this.#options.onRefused(reason);
  }

  #noteUnknownSize(frameBytes: number): void {
    this.#tally.noteUnknownSize(frameBytes);
    const read = `their first ${LARGEST_KNOWN_BYTES} bytes are read, as those of the newest known dialect`;
    this.#options.onWarning(`a client sends frames of ${frameBytes} bytes, which no known dialect has: ${read}`);
  }

  #drop(accepted: Socket): void {
    this.#tally.dropped += 1;
    if (this.#tally.dropped === 1)
      this.#options.onWarning(`${this.#openMax} clients are connected: turning others away`);
    accepted.destroy();
  }

  #close(connection: AllocationConnection): void {
    this.#stalled.forget(connection);
    connection.reportSize();
    if (!this.#open.delete(connection)) return;
    this.#options.target.closed(connection.number);
    this.#tally.noteClosed(connection);
    const { processes, onGone } = this.#options;
    const gone = [...connection.senders].filter((id) => processes.leave(id));
    if (gone.length > 0) onGone();
  }
}

import { type Peer, type ProcessRegistry, SENDERS_MAX } from "./process-registry.ts";

/** Processes that one connection may speak for: a process and its forked children. */
export const SENDERS_PER_CONNECTION_MAX = 1_024;

/** Time after which the system is asked again which process a pid is: a pid is used again after many others. */
const PID_GOOD_FOR_MS = 1_000;

/** Why a connection cannot speak for one process more. */
export interface TooMany {
  readonly reason: string;
}

/** The processes that one connection speaks for. */
export class ConnectionSenders {
  readonly #peer: Peer;
  readonly #processes: ProcessRegistry;
  readonly #all = new Set<number>();
  /** By pid as it is sent: the process, and when it was found. */
  readonly #bySentPid = new Map<number, { readonly id: number; readonly atMs: number }>();

  constructor(peer: Peer, processes: ProcessRegistry) {
    this.#peer = peer;
    this.#processes = processes;
  }

  get all(): ReadonlySet<number> {
    return this.#all;
  }

  /** The process of a pid as it is sent, 0 for the one that connected; as it was found, if that was just now. */
  of(sentPid: number, atMs: number): number | TooMany {
    const known = this.#bySentPid.get(sentPid);
    if (known !== undefined && atMs - known.atMs < PID_GOOD_FOR_MS) return known.id;
    return this.find(sentPid, atMs);
  }

  /** Asks the system. */
  find(sentPid: number, atMs: number): number | TooMany {
    const id = this.#processes.find(this.#peer, sentPid)?.id;
    if (id === undefined) return { reason: `${SENDERS_MAX} processes are known, and it speaks for one more` };
    if (!this.#all.has(id)) {
      if (this.#all.size >= SENDERS_PER_CONNECTION_MAX) {
        return { reason: `it speaks for more than ${SENDERS_PER_CONNECTION_MAX} processes` };
      }
      this.#processes.join(id);
      this.#all.add(id);
    }
    this.#bySentPid.set(sentPid, { id, atMs });
    return id;
  }
}

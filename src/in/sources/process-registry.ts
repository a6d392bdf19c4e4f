import type { PeerCredentials } from "./libc.ts";
import { innermostPid, isTaken, pidNamespace, processFacts } from "./proc.ts";

/** Processes that are known at a time; a client that names one more is refused. */
export const SENDERS_MAX = 16_384;

/** Start time of a process that is there and cannot be looked at: /proc is hidden, or there are no descriptors left. */
const UNREADABLE = "?";

/** What can be known of whether a sender lives. */
export type Liveness = "alive" | "ended" | "unverifiable";

/** One process that sends, or sent. */
export interface SenderProcess {
  /** Its place in the registry: what the books know it by. */
  readonly id: number;
  /** As it sees itself. */
  readonly pid: number;
  /** Its pid here, where that could be found out. */
  readonly localPid: number | null;
  /** Null: it was gone already when it was first seen, or its pid here is not known. UNREADABLE: it was there. */
  readonly startTime: string | null;
  /** Whether it is in the pid namespace of this process; null where that is not known. */
  readonly isLocal: boolean | null;
}

/** The end of a connection that a process is behind. */
export interface Peer {
  readonly credentials: PeerCredentials | null;
  /** Of the connecting process; null where hidden. */
  readonly namespace: string | null;
}

/** Asks the system who is behind a connection. */
export function peerOf(credentials: PeerCredentials | null): Peer {
  const namespace = credentials === null || credentials.pid === 0 ? null : pidNamespace(credentials.pid);
  return { credentials, namespace };
}

/**
 * Every process that sends, or has something booked; others are given back. A pid alone is not a process: it is reused, and in a container it is another one's.
 * A process is its namespace, pid and start time.
 */
export class ProcessRegistry {
  readonly #ownNamespace = pidNamespace("self");
  readonly #processes: (SenderProcess | null)[] = [];
  readonly #byIdentity = new Map<string, SenderProcess>();
  /** Connections that speak for a process, by its id. */
  readonly #connections: number[] = [];
  /** Ids that were given back. */
  readonly #free: number[] = [];

  /** Processes that are known now. */
  get known(): number {
    return this.#byIdentity.size;
  }

  of(id: number): SenderProcess | null {
    return this.#processes[id] ?? null;
  }

  pidOf(id: number): number {
    return this.#processes[id]?.pid ?? 0;
  }

  /** A connection speaks for a process from now on. */
  join(id: number): void {
    this.#connections[id] = (this.#connections[id] ?? 0) + 1;
  }

  /** A connection that spoke for a process has ended. Gives whether it was the last one. */
  leave(id: number): boolean {
    const left = (this.#connections[id] ?? 1) - 1;
    this.#connections[id] = left;
    return left === 0;
  }

  /** Forgets all processes that no connection speaks for and of which nothing is booked. */
  release(isBooked: (id: number) => boolean): void {
    for (const [identity, { id }] of this.#byIdentity) {
      if ((this.#connections[id] ?? 0) > 0 || isBooked(id)) continue;
      this.#byIdentity.delete(identity);
      this.#processes[id] = null;
      this.#free.push(id);
    }
  }

  /**
   * The process that a message of a connection names; 0 and less, which old clients send, stand for the one that
   * connected. Null if it is not known and there is no room for one more.
   */
  find(peer: Peer, sentPid: number): SenderProcess | null {
    const peerPid = peer.credentials?.pid ?? 0;
    const isPeer = sentPid <= 0 && peerPid > 0;
    const isLocal = this.#isLocal(peer, sentPid);
    const pid = isPeer ? (isLocal === false ? (innermostPid(peerPid) ?? peerPid) : peerPid) : sentPid;
    const localPid = isLocal === true ? pid : localPidOf(peerPid, pid);
    const startTime = localPid === null ? null : startTimeOf(localPid);
    const identity = `${isLocal === true ? "" : (peer.namespace ?? "?")} ${pid} ${startTime}`;
    const known = this.#byIdentity.get(identity);
    if (known !== undefined) return known;
    if (this.#byIdentity.size >= SENDERS_MAX) return null;
    const added = { id: this.#free.pop() ?? this.#processes.length, pid, localPid, startTime, isLocal };
    this.#processes[added.id] = added;
    this.#connections[added.id] = 0;
    this.#byIdentity.set(identity, added);
    return added;
  }

  /** Without credentials, a pid may be one of any namespace: that a process here has it as well says nothing. */
  #isLocal({ credentials, namespace }: Peer, sentPid: number): boolean | null {
    if (credentials === null) return null;
    if (namespace !== null && this.#ownNamespace !== null) return namespace === this.#ownNamespace;
    if (credentials.pid > 0 && credentials.pid === sentPid) return true;
    return credentials.pid === 0 ? false : null;
  }

  livenessOf({ localPid, startTime, isLocal }: SenderProcess): Liveness {
    if (localPid === null) return "unverifiable";
    // First what is cheaper, and also works where /proc hides the processes of others.
    if (!isTaken(localPid)) return isLocal === null ? "unverifiable" : "ended";
    // What could not be read of it once may be another process's by now, or still its own.
    if (startTime === UNREADABLE) return "unverifiable";
    const facts = processFacts(localPid);
    if (facts !== null) return facts.hasEnded || facts.startTime !== startTime ? "ended" : "alive";
    return startTime === null ? "unverifiable" : "alive";
  }
}

/** Null where there was no process any more. */
function startTimeOf(pid: number): string | null {
  return processFacts(pid)?.startTime ?? (isTaken(pid) ? UNREADABLE : null);
}

/** The pid here of a process of another namespace: known of the one that connected, not of its children. */
function localPidOf(peerPid: number, pid: number): number | null {
  return peerPid > 0 && innermostPid(peerPid) === pid ? peerPid : null;
}
